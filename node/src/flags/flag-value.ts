import { LpError } from "@livepeer-ts/kernel";
import type { FlagKind } from "./flag-spec.ts";

export function badFlag(message: string): LpError {
  return new LpError({ code: "bad_flag", message });
}

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration such as `500ms`, `1m30s`, `-1s` or `0`, in ms. Throws `bad_flag`. */
export function parseDurationMs(text: string): number {
  const [, sign = "", body = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === "0") return 0;
  const parts = [...body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== body) {
    throw badFlag(`"${text}" is not a duration: write 500ms, 30s or 5m`);
  }
  const ms = parts.reduce((sum, part) => sum + Number(part[1]) * (durationUnits[part[2] as string] as number), 0);
  return sign === "-" ? -ms : ms;
}

const radix: Readonly<Record<string, string>> = { "0x": "0x", "0o": "0o", "0b": "0b", "0": "0o" };

/** A whole number as Go writes it: decimal, or hexadecimal, octal and binary with a prefix, `_` between digits. */
export function parseGoInt(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xob]|0(?=\d))?([\da-f]+(?:_[\da-f]+)*)$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, sign, prefix = "", digits = ""] = match;
  try {
    const size = BigInt(`${radix[prefix] ?? ""}${digits.replaceAll("_", "")}`);
    const value = sign === "-" ? -size : size;
    return BigInt.asIntN(64, value) === value ? value : undefined;
  } catch {
    return undefined; // a digit that the base does not have
  }
}

/** The value in the form that is kept. Throws `bad_flag` when it is not of that kind. */
export function checkFlagValue(name: string, kind: FlagKind, value: string): string {
  switch (kind) {
    case "bool":
      if (/^(1|t|true|T|TRUE|True)$/.test(value)) return "true";
      if (/^(0|f|false|F|FALSE|False)$/.test(value)) return "false";
      throw badFlag(`invalid boolean value "${value}" for -${name}: write -${name}=true or -${name}=false`);
    case "int": {
      const number = parseGoInt(value);
      if (number === undefined) throw badFlag(`invalid value "${value}" for flag -${name}: write a whole number`);
      return String(number);
    }
    case "float":
      if (value.trim() === "" || !Number.isFinite(Number(value)))
        throw badFlag(`invalid value "${value}" for flag -${name}: write a number`);
      return value;
    case "duration":
      try {
        parseDurationMs(value);
      } catch {
        throw badFlag(`invalid value "${value}" for flag -${name}: write a duration such as 500ms, 30s or 5m`);
      }
      return value;
    default:
      return value;
  }
}

/** True when both texts mean the same value of that kind. */
export function isSameValue(kind: FlagKind, a: string, b: string): boolean {
  if (a === b) return true;
  if (kind === "duration") return parseDurationMs(a) === parseDurationMs(b);
  return kind === "float" && Number(a) === Number(b);
}
