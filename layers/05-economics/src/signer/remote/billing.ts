import {
  addRational,
  ceilRational,
  compareRational,
  divRational,
  mulRational,
  type Rational,
  rational,
  subRational,
} from "@livepeer-ts/kernel";
import type { JobType } from "./signer-state.ts";

/** Units of one second of live video, whatever its real format: 1280 × 720 × 30. */
export const liveUnitsPerSecond = 27_648_000n;

/** Seconds that a first payment is for. */
const firstSeconds = { lv2v: 60n, live: 10n } as const;

/** Seconds for which a session must be in credit after a payment. */
const reserveSeconds = 20n;

/** What a call is charged. */
export type Bill = {
  readonly units: bigint;
  /** Seconds of wall time it is for; 0 for jobs that are not billed by time. */
  readonly seconds: Rational;
};

/** Units of a call; `elapsedMs` since the last payment, undefined for the first. `inPixels` counts for jobs without a type. */
export function billOf(type: JobType, elapsedMs: number | undefined, inPixels: bigint): Bill {
  if (type === "fixed") return { units: 1n, seconds: rational(0n) };
  if (type === "") return { units: inPixels, seconds: rational(0n) };
  const ms = elapsedMs === undefined ? firstSeconds[type] * 1000n : BigInt(Math.max(0, Math.trunc(elapsedMs)));
  if (type === "live") {
    const seconds = (ms + 999n) / 1000n;
    return { units: seconds, seconds: rational(seconds) };
  }
  return { units: (liveUnitsPerSecond * ms) / 1000n, seconds: rational(ms, 1000n) };
}

/** What decides how many tickets a call needs, in wei. */
export type TicketNeed = {
  /** Credit from earlier calls; negative when they cost more than they brought. */
  readonly balance: Rational;
  readonly fee: Rational;
  readonly ticketEv: Rational;
  readonly pricePerUnit: Rational;
  readonly type: JobType;
  readonly isFirst: boolean;
};

/**
 * Tickets that a call needs; 0: none now. A first call brings the fee, at least one ticket, as go-livepeer's does. Later ones do not
 * wait until the credit is used up, which is when an orchestrator has ended the session: after the call there is credit for one
 * ticket and for 20 seconds.
 */
export function ticketsNeeded(need: TicketNeed): bigint {
  const { balance, fee, ticketEv } = need;
  const least = larger(fee, ticketEv);
  const count = (target: Rational) => {
    const short = subRational(target, balance);
    return short.num <= 0n ? 0n : ceilRational(divRational(short, ticketEv));
  };
  if (need.isFirst || need.type === "fixed") return count(least);
  const reserve = larger(ticketEv, reserveFee(need));
  if (compareRational(subRational(balance, fee), reserve) >= 0) return 0n;
  return count(addRational(fee, reserve));
}

function reserveFee({ type, pricePerUnit }: TicketNeed): Rational {
  const perSecond = type === "lv2v" ? liveUnitsPerSecond : type === "live" ? 1n : 0n;
  return mulRational(pricePerUnit, rational(perSecond * reserveSeconds));
}

function larger(a: Rational, b: Rational): Rational {
  return compareRational(a, b) < 0 ? b : a;
}
