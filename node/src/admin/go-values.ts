import { LpError, type Rational, rational } from "@livepeer-ts/kernel";

function refuse(text: string): LpError {
  return new LpError({ code: "bad_value", message: text });
}

/** Digits that a number may have: nobody's amount has more. */
const maxDigits = 200;

/** An integer in decimal. Throws `failed to parse big integer`, as Go's tools put it. */
export function parseGoBigInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text) || text.length > maxDigits) throw refuse("failed to parse big integer");
  return BigInt(text.replace(/^\+/, ""));
}

/** An integer that is not negative. Throws like `parseGoBigInt`, and for negative ones. */
export function parseAmount(text: string): bigint {
  const value = parseGoBigInt(text);
  if (value < 0n) throw refuse(`amount must not be negative, provided ${text}`);
  return value;
}

/** A rational as Go reads it: `12`, `1.5`, `1e12`, `1/3`, with a sign; undefined for anything else. */
export function parseGoRational(text: string): Rational | undefined {
  if (text.length > maxDigits) return undefined;
  const fraction = /^([+-]?\d+)\/(\d+)$/.exec(text);
  if (fraction !== null) {
    const den = BigInt(fraction[2] as string);
    return den === 0n ? undefined : rational(BigInt((fraction[1] as string).replace(/^\+/, "")), den);
  }
  const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (decimal === null) return undefined;
  const [, sign, whole = "", places = "", exponent = "0"] = decimal;
  if (whole === "" && places === "") return undefined;
  const digits = BigInt(`${whole}${places}`) * (sign === "-" ? -1n : 1n);
  const power = Number(exponent) - places.length;
  return power >= 0 ? rational(digits * 10n ** BigInt(power)) : rational(digits, 10n ** BigInt(-power));
}

/** A share in percent as millionths. Throws with Go's text for what is no number, and for what is not between 0 and 100. */
export function parsePercent(text: string): bigint {
  const value = text.trim() === text && text !== "" ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw refuse(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (value < 0 || value > 100) throw refuse(`${text} is not between 0 and 100 percent`);
  return BigInt(Math.round(value * 10_000));
}

/** A whole number of ordinary size. Throws with Go's text. */
export function parseGoInt(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw refuse(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
