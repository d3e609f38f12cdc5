import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyOf, readBody } from "./body.ts";
import { bigEndianToBigInt, concatBytes, equalBytes, minimalBigEndian, paddedBigEndian, utf8 } from "./bytes.ts";
import { hashFromBytes, hashToBytes, toHash32, zeroHash } from "./hash32.ts";
import { fromHex, toHex } from "./hex.ts";

const someBytes = fc.uint8Array({ maxLength: 64 });

describe("numbers as big-endian bytes", () => {
  it("have no leading zeros, and zero has no bytes", () => {
    expect([...minimalBigEndian(0n)]).toEqual([]);
    expect([...minimalBigEndian(255n)]).toEqual([255]);
    expect([...minimalBigEndian(256n)]).toEqual([1, 0]);
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 300n), (value) => {
        const bytes = minimalBigEndian(value);
        expect(bytes[0]).not.toBe(0);
        expect(bigEndianToBigInt(bytes)).toBe(value);
      }),
    );
  });

  it("are padded on the left, and lose their high bytes when there is no room", () => {
    expect([...paddedBigEndian(0x0102n, 4)]).toEqual([0, 0, 1, 2]);
    expect([...paddedBigEndian(0x010203n, 2)]).toEqual([2, 3]);
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 256n - 1n), (value) => {
        expect(bigEndianToBigInt(paddedBigEndian(value, 32))).toBe(value);
      }),
    );
  });
});

describe("bytes", () => {
  it("are joined in order and compared by content", () => {
    expect(concatBytes(utf8("ab"), new Uint8Array(0), utf8("ü"))).toEqual(Uint8Array.of(97, 98, 0xc3, 0xbc));
    fc.assert(
      fc.property(someBytes, someBytes, (a, b) => {
        expect(equalBytes(a, a.slice())).toBe(true);
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  });

  it("survive the way through hex, whatever its case and prefix", () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        const hex = toHex(bytes);
        expect(hex).toMatch(/^0x([0-9a-f]{2})*$/);
        for (const text of [hex, hex.slice(2), hex.toUpperCase()]) expect(fromHex(text)).toEqual(bytes);
      }),
    );
    for (const bad of ["0x1", "0xzz", "12 4", "0x-1"])
      expect(() => fromHex(bad)).toThrow(expect.objectContaining({ code: "bad_hex" }));
  });

  it("become a hash of 32 bytes, short ones padded, long ones by their end", () => {
    expect(hashFromBytes(Uint8Array.of(7))).toBe(`0x${"00".repeat(31)}07`);
    expect(hashFromBytes(concatBytes(Uint8Array.of(9), paddedBigEndian(7n, 32)))).toBe(`0x${"00".repeat(31)}07`);
    expect(hashFromBytes(new Uint8Array(0))).toBe(zeroHash);
    expect(hashToBytes(toHash32("AB"))).toEqual(paddedBigEndian(0xabn, 32));
  });
});

describe("a body", () => {
  async function* chunks(...parts: Uint8Array[]) {
    yield* parts;
  }

  it("is read whole up to its limit and refused one byte above", async () => {
    const parts = [utf8("abc"), utf8("de")];
    expect(await readBody(chunks(...parts), 5)).toEqual(utf8("abcde"));
    await expect(readBody(chunks(...parts), 4)).rejects.toMatchObject({ code: "body_too_large" });
    expect(await readBody(bodyOf(new Uint8Array(0)), 0)).toEqual(new Uint8Array(0));
  });

  it("is not read further once it is too large", async () => {
    let pulled = 0;
    async function* endless() {
      for (;;) {
        pulled++;
        yield new Uint8Array(10);
      }
    }
    await expect(readBody(endless(), 25)).rejects.toMatchObject({ code: "body_too_large" });
    expect(pulled).toBe(3);
  });

  it("of one chunk is handed on without a copy", async () => {
    const chunk = utf8("segment");
    expect(await readBody(bodyOf(chunk), 100)).toBe(chunk);
  });
});
