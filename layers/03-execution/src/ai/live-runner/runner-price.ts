import {
  divRational,
  floorRational,
  LpError,
  mulRational,
  parseRational,
  type Rational,
  rational,
} from "@livepeer-ts/kernel";
import { liveRunnerWire } from "./live-runner-wire.ts";
import type { RunnerPrice } from "./runner-record.ts";

/** Pixels of one second of live video, whatever its real format: 1280 × 720 × 30. */
export const pixelsPerSecond = 27_648_000n;
const secondsPerHour = 3600n;

export type WeiUnit = "seconds" | "720p-pixel-seconds" | "fixed";

/** What a session costs: whole wei for one unit. */
export type WeiPrice = { readonly wei: bigint; readonly unit: WeiUnit };

const units = { hour: "seconds", "720p": "720p-pixel-seconds", fixed: "fixed" } as const;

/** The price in wei, rounded down. Throws `price_unavailable` where nothing is left of it. */
export function weiPriceOf({ price, unit }: RunnerPrice, weiPerUsd: Rational): WeiPrice {
  const perUnit = unit === "hour" ? secondsPerHour : unit === "720p" ? secondsPerHour * pixelsPerSecond : 1n;
  const wei = floorRational(mulRational(divRational(decimal(price), rational(perUnit)), weiPerUsd));
  if (wei >= 1n) return { wei, unit: units[unit] };
  throw new LpError({
    code: "price_unavailable",
    message: liveRunnerWire.text.noPrice(`${price} USD per ${unit} is less than 1 wei per unit: ask for more`),
  });
}

/** Units of `ms` at a price of that unit, and the ms that are left of a unit. */
export function unitsOf(unit: WeiUnit, ms: number): { readonly units: bigint; readonly restMs: number } {
  const whole = BigInt(Math.max(0, Math.trunc(ms)));
  if (unit === "seconds") return { units: whole / 1000n, restMs: Number(whole % 1000n) };
  if (unit === "720p-pixel-seconds") return { units: (whole * pixelsPerSecond) / 1000n, restMs: 0 };
  return { units: 0n, restMs: 0 };
}

/** The number as it was written: 0.1 is a tenth. */
function decimal(value: number): Rational {
  const [digits = "0", exponent = "0"] = String(value).split("e");
  const scale = rational(10n ** BigInt(Math.abs(Number(exponent))));
  const written = parseRational(digits);
  return exponent.startsWith("-") ? divRational(written, scale) : mulRational(written, scale);
}
