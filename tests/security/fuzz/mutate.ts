import { concatBytes, type Random } from "@livepeer-ts/kernel";

/** A whole number from 0 on, below `below`. */
export const uint = (random: Random, below: number): number => Math.floor(random.unit() * below);

/** One of several. */
export const oneOf = <T>(random: Random, things: readonly T[]): T => things[uint(random, things.length)] as T;

type MutateBytes = (bytes: Uint8Array, random: Random) => Uint8Array;

const cut = (bytes: Uint8Array, random: Random) => uint(random, bytes.length + 1);

const byteMutations: readonly MutateBytes[] = [
  (bytes) => bytes,
  () => new Uint8Array(0),
  (bytes, random) => bytes.slice(0, cut(bytes, random)),
  (bytes, random) => bytes.slice(cut(bytes, random)),
  (bytes, random) => {
    const out = bytes.slice();
    for (let i = 0; i <= uint(random, 4); i++) {
      const at = uint(random, out.length);
      out[at] = (out[at] ?? 0) ^ (1 << uint(random, 8));
    }
    return out;
  },
  (bytes, random) => {
    const at = cut(bytes, random);
    return concatBytes(bytes.slice(0, at), random.bytes(1 + uint(random, 40)), bytes.slice(at));
  },
  (bytes, random) => {
    const [from, to] = [cut(bytes, random), cut(bytes, random)].sort((a, b) => a - b) as [number, number];
    const times = 1 + uint(random, 30);
    return concatBytes(
      bytes.slice(0, to),
      ...Array.from({ length: times }, () => bytes.slice(from, to)),
      bytes.slice(to),
    );
  },
  // the largest numbers that a protobuf or a length can hold
  (bytes, random) => {
    const at = cut(bytes, random);
    const huge = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 255, oneOf(random, [1, 127, 255]));
    return concatBytes(bytes.slice(0, at), huge, bytes.slice(at + uint(random, 10)));
  },
  (bytes, random) => {
    const out = bytes.slice();
    const at = cut(bytes, random);
    out.fill(oneOf(random, [0, 127, 128, 255]), at, at + 1 + uint(random, 8));
    return out;
  },
  (_, random) => random.bytes(uint(random, 300)),
];

/** Valid bytes, spoiled in one to three ways. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let out = bytes;
  for (let i = 0; i <= uint(random, 3); i++) out = oneOf(random, byteMutations)(out, random);
  return out.slice(0, 40_000);
}

const oddTexts = [
  ...["", " ", "0", "-1", "1e999", "NaN", "null", "true", "[]", "{}", "__proto__", "constructor", "../../etc/passwd"],
  ...["%00", "%", "%zz", "%2e%2e%2f", "//", "\\", "a".repeat(5000), "9".repeat(400), "0x", "0xffffffffffffffffff"],
  ...["18446744073709551616", "-9223372036854775809", "1/0", "0/0", "ü", "日本", "$(x)", "<script>", "';--", "*"],
];

const textMutations: readonly ((text: string, random: Random) => string)[] = [
  (text) => text,
  (_, random) => oneOf(random, oddTexts),
  (text, random) => text.slice(0, uint(random, text.length + 1)),
  (text, random) => text + oneOf(random, oddTexts),
  (text, random) => {
    const at = uint(random, text.length + 1);
    return text.slice(0, at) + oneOf(random, oddTexts) + text.slice(at + uint(random, 4));
  },
  (text, random) => text.repeat(1 + uint(random, 5)),
  (text, random) => {
    const at = uint(random, text.length);
    return text.slice(0, at) + String.fromCharCode(33 + uint(random, 94)) + text.slice(at + 1);
  },
];

/** A valid text, spoiled in one to three ways. */
export function mutatedText(text: string, random: Random): string {
  let out = text;
  for (let i = 0; i <= uint(random, 3); i++) out = oneOf(random, textMutations)(out, random);
  return out.slice(0, 20_000);
}

/** As a header can carry it: what no client may send is left out. */
export function mutatedHeader(text: string, random: Random): string {
  return mutatedText(text, random)
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .trim();
}

/** Another value for a place in a JSON document. */
function oddValue(random: Random): unknown {
  return oneOf<unknown>(random, [
    ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, "", [], {}, [[]], { toString: 1 }, "0x", "9".repeat(300)],
    oneOf(random, oddTexts),
  ]);
}

/** A JSON value with some places changed, missing, or doubled. */
export function mutatedJson(value: unknown, random: Random): unknown {
  if (random.unit() < 0.12) return oddValue(random);
  if (typeof value === "string") return random.unit() < 0.2 ? mutatedText(value, random) : value;
  if (Array.isArray(value))
    return value.flatMap((item) => Array.from({ length: uint(random, 3) }, () => mutatedJson(item, random)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const dice = random.unit();
    if (dice < 0.06) return [];
    return [[dice < 0.1 ? mutatedText(key, random) : key, mutatedJson(item, random)] as const];
  });
  return Object.fromEntries(entries);
}
