import { type Address, type Hash32, type Hex, LpError, toAddress } from "@livepeer-ts/kernel";

function unexpected(what: string, value: unknown): LpError {
  return new LpError({
    code: "rpc_bad_answer",
    message: `the Ethereum node sent ${what} as ${JSON.stringify(value)?.slice(0, 120) ?? "nothing"}: check that the URL is an Ethereum JSON-RPC endpoint`,
    retryable: true,
  });
}

/** A JSON-RPC quantity. Throws `rpc_bad_answer`. */
export function parseQuantity(value: unknown, what: string): bigint {
  if (typeof value === "string" && /^0x[0-9a-fA-F]+$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw unexpected(what, value);
}

/** JSON-RPC bytes in lower case. Throws `rpc_bad_answer`. */
export function parseData(value: unknown, what: string): Hex {
  if (typeof value === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase() as Hex;
  throw unexpected(what, value);
}

/** 32 bytes. Throws `rpc_bad_answer`. */
export function parseHash(value: unknown, what: string): Hash32 {
  const data = parseData(value, what);
  if (data.length !== 66) throw unexpected(what, value);
  return data as Hash32;
}

/** An account. Throws `rpc_bad_answer`. */
export function parseRpcAddress(value: unknown, what: string): Address {
  const data = parseData(value, what);
  if (data.length !== 42) throw unexpected(what, value);
  return toAddress(data);
}

/** A JSON object. Throws `rpc_bad_answer`. */
export function parseObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unexpected(what, value);
}

/** A JSON array. Throws `rpc_bad_answer`. */
export function parseList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected(what, value);
}

/** A quantity as JSON-RPC wants it. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}
