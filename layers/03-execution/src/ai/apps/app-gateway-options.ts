import type { Address, Rational } from "@livepeer-ts/kernel";
import { defaultSelectionWeights, type SelectionWeights } from "../../gateway/selection.ts";
import type { WeiUnit } from "../live-runner/runner-price.ts";

export type AppGatewayOptions = {
  /** Ms between two payments for what runs (`-livePaymentInterval`). Twice as long is paid in advance. Default 5000. */
  readonly paymentIntervalMs: number;
  /** Ms after which a list of runners is asked for again while the old one is still used. Default 5000. */
  readonly freshMs: number;
  /** Ms after which a list that could not be renewed is used no more. Default 60000. */
  readonly staleMs: number;
  /** Ms between two looks because nobody had a place; calls that come sooner wait so long. Default 1000. */
  readonly askAgainMs: number;
  /** Ms that a call waits for lists of others once somebody offers the app. Default 500. */
  readonly firstWaitMs: number;
  /** Ms for one answer of an orchestrator that is not the app's. Default 5000. */
  readonly controlMs: number;
  /** Orchestrators that are asked for their runners. Default 200. */
  readonly maxOrchestrators: number;
  /** Runners that are tried for one call. Default 8. */
  readonly maxAttempts: number;
  /** Calls at once. Default 512. */
  readonly maxCalls: number;
  /** Sessions at once. Default 1000. */
  readonly maxSessions: number;
  /** Ms without a call after which a session is stopped. Default 300000. */
  readonly sessionIdleMs: number;
  /** Ms between two looks for idle sessions. Default 5000. */
  readonly sweepMs: number;
  /** Sessions whose end is remembered. Default 1000. */
  readonly maxEnded: number;
  /** Accounts never used (`-orchBlocklist`). */
  readonly blocklist: ReadonlySet<Address>;
  readonly weights: SelectionWeights;
  /** Use somebody when the price leaves nobody (`-ignoreMaxPriceIfNeeded`). */
  readonly ignoreMaxPriceIfNeeded: boolean;
  /** Highest price of an app for one unit, wei; undefined = any. */
  readonly maxPriceOf: (app: string, unit: WeiUnit) => Rational | undefined;
};

export const defaultAppGatewayOptions: AppGatewayOptions = {
  paymentIntervalMs: 5000,
  freshMs: 5000,
  staleMs: 60_000,
  askAgainMs: 1000,
  firstWaitMs: 500,
  controlMs: 5000,
  maxOrchestrators: 200,
  maxAttempts: 8,
  maxCalls: 512,
  maxSessions: 1000,
  sessionIdleMs: 300_000,
  sweepMs: 5000,
  maxEnded: 1000,
  blocklist: new Set(),
  weights: defaultSelectionWeights,
  ignoreMaxPriceIfNeeded: false,
  maxPriceOf: () => undefined,
};
