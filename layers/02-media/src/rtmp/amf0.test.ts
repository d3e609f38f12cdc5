import fc from "fast-check";
import { expect, it } from "vitest";
import { type AmfValue, decodeAmf0, encodeAmf0 } from "./amf0.ts";

const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

const { value: amf } = fc.letrec<{ value: AmfValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.constant(undefined),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
}));

it("reads what it writes", () => {
  fc.assert(
    fc.property(fc.array(amf, { maxLength: 5 }), (values) => {
      expect(plain(decodeAmf0(encodeAmf0(...values)))).toEqual(plain(values));
    }),
  );
});

it("reads long texts, dates, typed objects and ECMA arrays as encoders send them", () => {
  const long = "x".repeat(70_000);
  expect(decodeAmf0(encodeAmf0(long))).toEqual([long]);
  const ecma = Uint8Array.from([8, 0, 0, 0, 1, 0, 1, 0x61, 1, 1, 0, 0, 9]);
  expect(plain(decodeAmf0(ecma))).toEqual([{ a: true }]);
  const typed = Uint8Array.from([0x10, 0, 1, 0x63, 0, 1, 0x61, 5, 0, 0, 9]);
  expect(plain(decodeAmf0(typed))).toEqual([{ a: null }]);
  expect(decodeAmf0(Uint8Array.from([0x0b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toEqual([0]);
});

it("answers any bytes with values or a clean refusal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        decodeAmf0(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: "rtmp_bad_amf" });
      }
    }),
  );
});

it("refuses nesting without end and arrays without bounds", () => {
  const nested = Uint8Array.from(Array.from({ length: 100 }, () => [0x0a, 0, 0, 0, 1]).flat());
  expect(() => decodeAmf0(nested)).toThrow("nested too deep");
  const huge = Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, ...Array(5000).fill(5)]);
  expect(() => decodeAmf0(huge)).toThrow("too long");
});

it("keeps names like __proto__ as data", () => {
  const bytes = Uint8Array.from([3, 0, 9, ...Buffer.from("__proto__"), 1, 1, 0, 0, 9]);
  const [object] = decodeAmf0(bytes) as [Record<string, unknown>];
  expect(Object.keys(object)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
