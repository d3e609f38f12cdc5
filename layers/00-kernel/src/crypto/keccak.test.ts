import { keccak_256 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, utf8 } from "../units/bytes.ts";
import { toHex } from "../units/hex.ts";
import { Keccak256, keccak256 } from "./keccak.ts";
import { keccakInputBytes, keccakRate } from "./keccak-module.ts";
import { hashSegment, hashSliceBytes } from "./segment-hash.ts";

function pseudoRandom(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe("keccak-256", () => {
  it("gives the known values", () => {
    const known = {
      "": "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
      abc: "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
      "transfer(address,uint256)": "0xa9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b",
    };
    for (const [text, hash] of Object.entries(known)) expect(toHex(keccak256(utf8(text)))).toBe(hash);
  });

  it("agrees with another implementation around every border of its blocks and of its buffer", () => {
    const data = pseudoRandom(2 * keccakInputBytes + keccakRate + 1);
    const borders = [
      0,
      keccakRate,
      2 * keccakRate,
      keccakInputBytes,
      keccakInputBytes + keccakRate,
      2 * keccakInputBytes,
    ];
    for (const border of borders) {
      for (const length of [border - 1, border, border + 1]) {
        if (length < 0) continue;
        const input = data.subarray(0, length);
        expect(Buffer.compare(keccak256(input), keccak_256(input)), `${length} bytes`).toBe(0);
      }
    }
  });

  it("hashes parts as if they were one piece, and leaves nothing behind for the next hash", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (parts) => {
        expect(keccak256(...parts)).toEqual(keccak_256(concatBytes(...parts)));
      }),
    );
  });
});

describe("the hash of a segment", () => {
  let turns = 0;
  const clock = {
    async turn() {
      turns++;
    },
  };

  it("is worked out in slices, between which other work has its turn", async () => {
    for (const [length, expectedTurns] of [
      [0, 0],
      [hashSliceBytes, 0],
      [hashSliceBytes + 1, 1],
      [3 * hashSliceBytes + 7, 3],
    ] as const) {
      turns = 0;
      const input = pseudoRandom(length);
      expect(Buffer.compare(await hashSegment(input, clock), keccak_256(input)), `${length} bytes`).toBe(0);
      expect(turns).toBe(expectedTurns);
    }
  });

  it("is the same when the segment arrives in pieces, however they are cut, and while others arrive", () => {
    const data = pseudoRandom(200_000);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 12 }), (lengths) => {
        const [hash, other] = [new Keccak256(), new Keccak256()];
        let end = 0;
        for (const length of lengths) {
          const start = end;
          end = Math.min(data.length, start + length);
          hash.update(data.subarray(start, end));
          other.update(data.subarray(0, length % 300));
        }
        expect(Buffer.compare(hash.digest(), keccak256(data.subarray(0, end)))).toBe(0);
        const others = lengths.map((length) => data.subarray(0, length % 300));
        expect(Buffer.compare(other.digest(), keccak256(...others))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
