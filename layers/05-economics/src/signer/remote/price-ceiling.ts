import { compareRational, formatRational, LpError, parseRational, type Rational } from "@livepeer-ts/kernel";
import { SignerRefusal, signerRefusals, signerStatus } from "../../wire/signer-wire.ts";
import type { JobType } from "./signer-state.ts";

/** A price that somebody does not want to exceed, wei per unit. */
export type PriceCeiling = {
  readonly source: "configured maximum price" | "request maxPrice" | "initial session price" | "auth webhook maxPrice";
  readonly price: Rational;
};

const unitOfType: Readonly<Record<Exclude<JobType, "">, string>> = {
  lv2v: "720p-pixel-seconds",
  live: "seconds",
  fixed: "fixed",
};

/** Throws 481 when the price is above the lowest ceiling. */
export function checkCeilings(price: Rational, ceilings: readonly PriceCeiling[]): void {
  const [lowest] = [...ceilings].sort((a, b) => compareRational(a.price, b.price));
  if (lowest === undefined || compareRational(price, lowest.price) <= 0) return;
  throw new SignerRefusal(
    signerStatus.priceExceeded,
    signerRefusals.price(formatRational(price), lowest.source, formatRational(lowest.price)),
  );
}

/** Reads `{"price":number,"currency":"wei","unit":"seconds"}`. Throws `signer_max_price` with what is wrong. */
export function readMaxPrice(value: unknown, type: JobType): Rational {
  const bad = (what: string) => new LpError({ code: "signer_max_price", message: `invalid maxPrice: ${what}` });
  if (typeof value !== "object" || value === null) throw bad("it is an object with price, currency and unit");
  const { price, currency, unit } = value as Record<string, unknown>;
  if (currency !== "wei") throw bad("currency must be wei");
  if (type !== "" && unit !== unitOfType[type]) throw bad(`unit must be ${unitOfType[type]} for type ${type}`);
  if (type === "" && unit !== undefined && unit !== "") throw bad("a job without a type has no unit");
  const text = typeof price === "number" ? decimalText(price) : String(price);
  const read = /^\d{1,60}(\.\d{1,60})?$/.test(text) ? parseRational(text) : undefined;
  if (read === undefined || read.num <= 0n) throw bad("price must be a positive decimal");
  return read;
}

/** A double as people write it, without an exponent. */
function decimalText(value: number): string {
  const [, digits = "", fraction = "", exponent] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  if (exponent === undefined) return String(value);
  const shift = Number(exponent);
  return shift > 0 ? `${digits}${fraction.padEnd(shift, "0")}` : `0.${digits.padStart(-shift, "0")}${fraction}`;
}
