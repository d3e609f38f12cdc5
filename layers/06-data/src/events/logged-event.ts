import type { NodeEvent } from "@livepeer-ts/kernel";

/** An event as the log holds it. */
export type LoggedEvent = NodeEvent & {
  /** Place in the log; grows without gaps in meaning, numbers may be skipped. */
  readonly seq: bigint;
  /** Name of the node that sent it. */
  readonly source: string;
};
