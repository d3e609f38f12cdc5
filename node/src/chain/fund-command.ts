import { LpError, toAddress } from "@livepeer-ts/kernel";
import { contractCall } from "@livepeer-ts/protocol";
import { livepeerTokenAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import type { TransactionIntent } from "@livepeer-ts/protocol/deploy";
import { parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { FlagValues } from "../flags/go-flags.ts";
import type { ChainCall } from "./chain-command.ts";
import type { ChainResult } from "./chain-result.ts";
import { controllerOf, openChain, requireContract } from "./open-chain.ts";
import { signingKey } from "./signing-key.ts";

/** `livepeer chain fund`: ether, LPT, deposit and reserve for an account, from the signer's own. */
export async function fundCommand({ flags, say }: ChainCall): Promise<ChainResult> {
  if (flags.get("to") === "") {
    throw new LpError({ code: "bad_flag", message: "--to is missing: give the account that is funded" });
  }
  const to = toAddress(flags.get("to"));
  const [ethWei, lptWei, depositWei, reserveWei] = ["eth", "lpt", "deposit", "reserve"].map((name) =>
    amountOf(flags, name),
  ) as [bigint, bigint, bigint, bigint];
  if (ethWei + lptWei + depositWei + reserveWei === 0n) {
    throw new LpError({
      code: "bad_flag",
      message: "there is nothing to give: say how much with --eth, --lpt, --deposit or --reserve",
    });
  }
  const { session } = await openChain(flags);
  const account = privateKeyToAccount(await signingKey(flags, session));
  const from = toAddress(account.address);
  const intents: TransactionIntent[] = [];
  if (ethWei > 0n) intents.push({ what: `send ${ethWei} wei to ${to}`, to, value: ethWei });
  if (lptWei + depositWei + reserveWei > 0n) {
    const controller = await controllerOf(flags, session);
    if (lptWei > 0n) {
      const token = await requireContract(session, controller, "LivepeerToken");
      const balance = await session.read(livepeerTokenAbi, token, "balanceOf", [from]);
      if (balance < lptWei) {
        throw new LpError({
          code: "deploy_unfunded",
          message: `the account ${from} has ${balance} LPT wei, not ${lptWei}: use the key of one that has, on a development chain --dev-account 0`,
          details: { account: from, balance: String(balance), needed: String(lptWei) },
        });
      }
      const data = contractCall(livepeerTokenAbi, "transfer", [to, lptWei]);
      intents.push({ what: `send ${lptWei} LPT wei to ${to}`, to: token, data });
    }
    if (depositWei + reserveWei > 0n) {
      const broker = await requireContract(session, controller, "TicketBroker");
      const data = contractCall(ticketBrokerAbi, "fundDepositAndReserveFor", [to, depositWei, reserveWei]);
      const what = `fund deposit and reserve of ${to}`;
      intents.push({ what, to: broker, data, value: depositWei + reserveWei });
    }
  }
  let gasUsed = 0n;
  for (const intent of intents) {
    say(intent.what);
    gasUsed += (await session.send(account, intent)).gasUsed;
  }
  return {
    data: { from, to, ethWei, lptWei, depositWei, reserveWei, transactions: intents.length, gasUsed },
    lines: [`${to} is funded; transactions: ${intents.length}, gas: ${gasUsed}`],
  };
}

function amountOf(flags: FlagValues, name: string): bigint {
  const text = flags.get(name);
  if (/^\d+(\.\d{1,18})?$/.test(text)) return parseEther(text);
  throw new LpError({ code: "bad_flag", message: `--${name} ${text} is no amount: write it like 10 or 0.5` });
}
