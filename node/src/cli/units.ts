import { LpError } from "@livepeer-ts/kernel";
import { formatUnits, parseUnits } from "viem/utils";

/** Wei as a decimal with its unit. */
export function inUnits(wei: bigint | number, unit: "LPT" | "ETH"): string {
  return `${formatUnits(BigInt(wei), 18)} ${unit}`;
}

/** Millionths as a percentage. */
export function percent(millionths: bigint | number): string {
  return String(Number(millionths) / 10_000);
}

/** An amount of ether or LPT in whole units, as wei. Throws `bad_value`. */
export function unitsToWei(text: string): bigint {
  if (!/^\d{1,30}(\.\d{1,18})?$/.test(text)) throw bad(`"${text}" is not an amount: write a number such as 1.5`);
  return parseUnits(text, 18);
}

/** A whole number of wei. Throws `bad_value`. */
export function wholeNumber(text: string): bigint {
  if (!/^\d{1,80}$/.test(text)) throw bad(`"${text}" is not a whole number`);
  return BigInt(text);
}

/** A number that is not negative. Throws `bad_value`. */
export function decimal(text: string): number {
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) throw bad(`"${text}" is not a number`);
  return value;
}

/** An account. Throws `bad_value`. */
export function account(text: string): string {
  if (!/^0x[\da-f]{40}$/i.test(text)) throw bad(`"${text}" is not an address: write 0x and 40 hexadecimal digits`);
  return text;
}

export function bad(message: string): LpError {
  return new LpError({ code: "bad_value", message });
}
