import { type Address, LpError } from "@livepeer-ts/kernel";
import { sendAsOwner } from "@livepeer-ts/protocol/deploy";
import { type EncodeFunctionDataParameters, encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ChainCall } from "./chain-command.ts";
import { type ChainResult, columns } from "./chain-result.ts";
import { controllerOf, openChain, requireContract } from "./open-chain.ts";
import { type ProtocolParam, protocolParams } from "./protocol-params.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain params`: what the protocol runs by; `--set` changes it. */
export async function paramsCommand({ flags, say }: ChainCall): Promise<ChainResult> {
  const wanted = parseSettings(flags.get("set"));
  const { session } = await openChain(flags);
  const controller = await controllerOf(flags, session);
  const contracts = new Map<string, Address>();
  for (const { contract } of protocolParams) {
    if (!contracts.has(contract)) contracts.set(contract, await requireContract(session, controller, contract));
  }
  const read = ({ abi, contract, getter }: ProtocolParam) =>
    session.read(abi, contracts.get(contract) as Address, getter, []).then((value) => BigInt(value as bigint));

  let transactions = 0;
  let gasUsed = 0n;
  for (const { param, value } of wanted) {
    if ((await read(param)) === value) continue;
    const what = `set ${param.name} to ${value}`;
    say(what);
    const call = { abi: param.abi, functionName: param.setter, args: [value] } as EncodeFunctionDataParameters;
    const sent = await sendAsOwner(session, controller, privateKeyToAccount(await signingKey(flags, session)), {
      what,
      to: contracts.get(param.contract) as Address,
      data: encodeFunctionData(call),
    });
    transactions += sent.transactions;
    gasUsed += sent.gasUsed;
  }

  const values = await Promise.all(protocolParams.map(read));
  const data: Record<string, Record<string, bigint>> = {};
  protocolParams.forEach(({ contract, name }, i) => {
    data[contract] = { ...data[contract], [name]: values[i] as bigint };
  });
  return {
    data: { controller, params: data, ...(wanted.length === 0 ? {} : { transactions, gasUsed }) },
    lines: [
      ...columns(protocolParams.map(({ contract, name, unit }, i) => [contract, name, String(values[i]), unit])),
      ...(wanted.length === 0 ? [] : ["", `transactions: ${transactions}, gas: ${gasUsed}`]),
    ],
  };
}

type Setting = { readonly param: ProtocolParam & { readonly setter: string }; readonly value: bigint };

function parseSettings(text: string): Setting[] {
  return text
    .split(",")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [, name, value] = /^(\w+)=(\d+)$/.exec(pair.trim()) ?? [];
      const param = protocolParams.find((candidate) => candidate.name === name);
      if (param?.setter !== undefined && value !== undefined) {
        return { param: { ...param, setter: param.setter }, value: BigInt(value) };
      }
      const settable = protocolParams.filter(({ setter }) => setter !== undefined).map((candidate) => candidate.name);
      throw new LpError({
        code: "bad_flag",
        message: `--set ${pair} is not understood: write name=value with a whole number; ${settable.join(", ")} can be set`,
      });
    });
}
