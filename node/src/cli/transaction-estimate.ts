import { formatUnits } from "viem/utils";
import { type AdminClient, type AdminParams, accepted, replyJson } from "./admin-client.ts";
import { inUnits } from "./units.ts";

/** What a transaction would cost, as our nodes answer. Amounts in wei; null: cannot be known before an earlier step. */
export type TransactionEstimate = {
  readonly account: string;
  readonly balanceWei: bigint | number;
  readonly gasPriceWei: bigint | number;
  readonly steps: readonly {
    readonly what: string;
    readonly to: string;
    readonly data: string;
    readonly valueWei: bigint | number;
    readonly gas: bigint | number | null;
    readonly feeWei: bigint | number | null;
  }[];
  readonly feeWei: bigint | number;
};

/** Asks the node. Undefined: it gives no estimates (a Go node). Rejects with `node_refused` when the call would be refused. */
export async function estimateTransaction(
  client: AdminClient,
  path: string,
  params: AdminParams,
): Promise<TransactionEstimate | undefined> {
  const reply = await client.post(`/estimate${path}`, params);
  if (reply.status === 404) return undefined;
  return replyJson(accepted(reply)) as TransactionEstimate;
}

/** The estimate for a person. */
export function estimateLines(estimate: TransactionEstimate | undefined): readonly string[] {
  if (estimate === undefined) return ["This node gives no estimates: what the transaction costs is not known."];
  if (estimate.steps.length === 0) return ["Nothing has to be sent: the chain has these values already."];
  const steps = estimate.steps.map(({ what, to, valueWei, gas }, i) => {
    const value = BigInt(valueWei) === 0n ? "" : `, sends ${inUnits(valueWei, "ETH")}`;
    return `  ${i + 1}. ${what} (to ${to}${value}): ${gas === null ? "known after the step before" : `${gas} gas`}`;
  });
  const isWhole = estimate.steps.every(({ gas }) => gas !== null);
  return [
    `Transactions of ${estimate.account}:`,
    ...steps,
    `Estimated fee: ${isWhole ? "" : "more than "}${inUnits(estimate.feeWei, "ETH")} at ${formatUnits(BigInt(estimate.gasPriceWei), 9)} gwei per gas; balance ${inUnits(estimate.balanceWei, "ETH")}`,
  ];
}
