import { addressFromBytes, checksumAddress, formatRational, type Rational } from "@livepeer-ts/kernel";
import type { DirectoryEntry } from "../ports/orchestrator-directory.ts";
import type { PaymentSession } from "../ports/payment-sender.ts";
import type { AuthToken, OrchestratorInfo } from "../wire/net_pb.gen.ts";

/** One orchestrator as a stream uses it: its last offer, what is owed, and how quick it was. */
export type OrchestratorSession = {
  readonly uri: string;
  readonly entry: DirectoryEntry;
  readonly payment: PaymentSession;
  info: OrchestratorInfo;
  /** Token of the session at the orchestrator. */
  authToken: AuthToken;
  /** Round trip ÷ segment duration of the last segment; 0 = unknown. */
  latencyScore: number;
  /** Monotonic time of that score. */
  scoredAt: number;
  /** Ms the last delivered segment took; undefined = none yet. */
  roundTripMs: number | undefined;
  /** Monotonic start times of segments under way. */
  inFlight: number[];
  /** A segment under way there is late; cleared when one comes back. */
  suspected: boolean;
  /** Segments in a row that were called off there because another orchestrator was quicker. */
  timesLate: number;
  /** Segments given to it since it was last drawn. */
  sinceDraw: number;
  /** Segments in a row whose result was not that of a trusted orchestrator. */
  mismatches: number;
};

/** On-chain identity for records: the ticket recipient, else the node key; null off chain. */
export function orchestratorAddress(session: Pick<OrchestratorSession, "info" | "entry">): string | null {
  const recipient = session.info.ticketParams?.recipient;
  if (recipient !== undefined && recipient.length > 0) return checksumAddress(addressFromBytes(recipient));
  if (session.entry.address !== undefined) return checksumAddress(session.entry.address);
  return session.info.address.length > 0 ? checksumAddress(addressFromBytes(session.info.address)) : null;
}

/** Exact fraction for records; null off chain. */
export function priceText(price: Rational | undefined): string | null {
  return price === undefined ? null : formatRational(price);
}
