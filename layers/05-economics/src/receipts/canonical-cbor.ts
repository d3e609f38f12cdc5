import { concatBytes, LpError, utf8 } from "@livepeer-ts/kernel";

/** What may stand in a canonical document. */
export type CborValue =
  | bigint
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

function head(major: number, value: bigint): Uint8Array {
  const kind = major << 5;
  if (value < 24n) return Uint8Array.of(kind | Number(value));
  const [marker, size] =
    value < 0x100n ? [24, 1] : value < 0x10000n ? [25, 2] : value < 0x100000000n ? [26, 4] : [27, 8];
  const out = new Uint8Array(1 + size);
  out[0] = kind | marker;
  for (let i = size, rest = value; i > 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn);
  return out;
}

/**
 * RFC 8949 deterministic encoding: shortest numbers, map keys in bytewise order of their encoding, nothing indefinite.
 * Integers only; throws `cbor_value` for a number that is none or does not fit 64 bits.
 */
export function canonicalCbor(value: CborValue): Uint8Array {
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (typeof value === "number" || typeof value === "bigint") return integer(value);
  if (typeof value === "string") {
    const bytes = utf8(value);
    return concatBytes(head(3, BigInt(bytes.length)), bytes);
  }
  if (value instanceof Uint8Array) return concatBytes(head(2, BigInt(value.length)), value);
  if (isList(value)) return concatBytes(head(4, BigInt(value.length)), ...value.map(canonicalCbor));
  const entries = Object.entries(value).map(([key, inner]) => ({
    key: canonicalCbor(key),
    value: canonicalCbor(inner),
  }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  return concatBytes(head(5, BigInt(entries.length)), ...entries.flatMap((entry) => [entry.key, entry.value]));
}

function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function integer(value: number | bigint): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new LpError({ code: "cbor_value", message: `${value} is not an integer that a receipt can hold` });
  }
  const big = BigInt(value);
  const magnitude = big < 0n ? -1n - big : big;
  if (magnitude >= 1n << 64n) throw new LpError({ code: "cbor_value", message: `${big} does not fit 64 bits` });
  return head(big < 0n ? 1 : 0, magnitude);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
