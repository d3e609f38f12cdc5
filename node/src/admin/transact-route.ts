import { errorText, hasErrorCode, LpError, toHex } from "@livepeer-ts/kernel";
import type { ContractCall, TxResult } from "@livepeer-ts/protocol";
import { type AdminAnswer, AdminRefusal, doneAnswer, jsonAnswer } from "./admin-answer.ts";
import type { AdminCall, AdminRoute } from "./admin-route.ts";
import type { ChainSubject } from "./admin-subjects.ts";

/** One transaction of a call. */
export type TxStep = { readonly what: string; readonly call: ContractCall };

/** A route that sends transactions. */
export type TransactRoute = Omit<AdminRoute, "scope" | "needsChain" | "handle" | "estimate" | "result"> & {
  readonly result?: AdminRoute["result"];
  /** What is to be sent, from the parameters and the chain as it is. Throws `AdminRefusal`; other errors get 400 as `bad_value`, else 500. */
  readonly plan: (call: AdminCall, chain: ChainSubject) => Promise<readonly TxStep[]> | readonly TxStep[];
  /** What changes in the node before the first transaction. */
  readonly before?: (call: AdminCall) => Promise<void>;
  /** Default: 200 without a body. */
  readonly answer?: (results: readonly TxResult[]) => AdminAnswer;
  /** The refusal when a transaction was not sent, or came to nothing. Default: 500 with the error's text. */
  readonly refuse?: (text: string, stage: "submit" | "mine") => AdminRefusal;
};

/** Makes the route: it answers when everything is mined. Transactions go on when the caller hangs up. */
export function transactRoute(route: TransactRoute): AdminRoute {
  const { plan, before, answer, refuse, ...rest } = route;
  const planned = async (call: AdminCall) => {
    try {
      return await plan(call, chainOf(call));
    } catch (error) {
      if (!(error instanceof AdminRefusal) && hasErrorCode(error, "bad_value"))
        throw new AdminRefusal(400, errorText(error), error);
      throw error;
    }
  };
  return {
    result: "nothing",
    ...rest,
    scope: "transact",
    needsChain: true,
    async handle(call) {
      const steps = await planned(call);
      await before?.(call);
      const results: TxResult[] = [];
      for (const step of steps) {
        try {
          results.push(await send(step, route.path, call));
        } catch (error) {
          if (!(error instanceof LpError)) throw error;
          const stage = error.code === "tx_failed" || error.code === "tx_timeout" ? "mine" : "submit";
          throw refuse?.(error.message, stage) ?? new AdminRefusal(500, error.message, error);
        }
      }
      return answer?.(results) ?? doneAnswer;
    },
    async estimate(call) {
      return jsonAnswer(await estimateSteps(await planned(call), call));
    },
  };
}

/** The chain of a call whose route needs one. */
export function chainOf(call: AdminCall): ChainSubject {
  if (call.subjects.chain === undefined) throw new AdminRefusal(500, "missing ETH client");
  return call.subjects.chain;
}

function send(step: TxStep, path: string, call: AdminCall): Promise<TxResult> {
  const { random, signal } = call.subjects;
  const id = `admin:${path.slice(1)}:${toHex(random.bytes(8)).slice(2)}`;
  return chainOf(call).transactions.submit({ id, ...step.call }, signal);
}

/** What the steps would cost now. Those that only work after an earlier one have no figure. */
async function estimateSteps(steps: readonly TxStep[], call: AdminCall) {
  const { signal } = call.subjects;
  const chain = chainOf(call);
  const gasPriceWei = await chain.reader.gasPrice(signal);
  const found = [];
  for (const [i, { what, call: step }] of steps.entries()) {
    let gas: bigint | null = null;
    try {
      gas = await chain.transactions.simulate({ id: "estimate", ...step }, signal);
    } catch (error) {
      if (i === 0 || !hasErrorCode(error, "tx_would_revert")) throw error;
    }
    const { to, data, valueWei = 0n } = step;
    found.push({ what, to, data, valueWei, gas, feeWei: gas === null ? null : gas * gasPriceWei });
  }
  return {
    account: chain.signer.address,
    balanceWei: await chain.reader.balance(chain.signer.address, signal),
    gasPriceWei,
    steps: found,
    feeWei: found.reduce((sum, { feeWei }) => sum + (feeWei ?? 0n), 0n),
  };
}
