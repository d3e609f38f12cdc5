// A price feed for development chains: a contract without storage that answers every call with the same bytes always.
import { type Address, type Hex, toAddress } from "@livepeer-ts/kernel";
import { encodeFunctionResult, toFunctionSelector } from "viem";
import { priceFeedAbi } from "../abi/index.ts";
import type { ChainSession } from "./chain-session.ts";

/** Where a development chain's feed of dollars per ether is put. */
export const devnetPriceFeedAddress: Address = toAddress("0x00000000000000000000000000000000000feed5");

type Result = { readonly functionName: "description" | "decimals" | "latestRoundData"; readonly result: unknown };

const word = (value: number) => value.toString(16).padStart(4, "0");

/** Puts a Chainlink aggregator on a development node that says what one ether costs in dollars, with 8 digits. */
export async function installPriceFeed(
  session: Pick<ChainSession, "rpc">,
  address: Address,
  dollars: bigint,
): Promise<void> {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const results: readonly Result[] = [
    { functionName: "description", result: "ETH / USD" },
    { functionName: "decimals", result: 8 },
    { functionName: "latestRoundData", result: [1n, dollars * 10n ** 8n, now, now, 1n] },
  ];
  const answers = results.map(({ functionName, result }) => {
    const abi = priceFeedAbi.filter((item) => item.type === "function" && item.name === functionName);
    const item = abi[0] as (typeof priceFeedAbi)[number];
    return {
      selector: toFunctionSelector(item as never).slice(2),
      data: encodeFunctionResult({ abi: [item], functionName, result } as never).slice(2),
    };
  });
  await session.rpc("anvil_setCode", [address, constantContract(answers)]);
}

/** Code of a contract that answers each function with the same bytes always. */
function constantContract(answers: readonly { readonly selector: string; readonly data: string }[]): Hex {
  const head = "60003560e01c";
  const entryLength = 11;
  const bodyLength = 16;
  const tableLength = head.length / 2 + answers.length * entryLength + 5;
  let dataAt = tableLength + answers.length * bodyLength;
  let table = head;
  let bodies = "";
  let data = "";
  answers.forEach(({ selector, data: bytes }, i) => {
    // DUP1 PUSH4 selector EQ PUSH2 body JUMPI
    table += `8063${selector}1461${word(tableLength + i * bodyLength)}57`;
    const length = bytes.length / 2;
    // JUMPDEST, CODECOPY(0, data, length), RETURN(0, length)
    bodies += `5b61${word(length)}61${word(dataAt)}60003961${word(length)}6000f3`;
    data += bytes;
    dataAt += length;
  });
  return `0x${table}60006000fd${bodies}${data}`;
}
