import { keccak_256 } from "@noble/hashes/sha3.js";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { OffloadJob } from "../ports/tasks.ts";
import { concatBytes, utf8 } from "../units/bytes.ts";
import { toHex } from "../units/hex.ts";
import { keccak256, keccakStateBytes } from "./keccak.ts";
import { keccakInputBytes, keccakRate } from "./keccak-module.ts";
import { offloadJobs } from "./offload-jobs.ts";
import { ArrivingHash, hashSegment, inlineHashBytes } from "./segment-hash.ts";

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
  const offloaded: string[] = [];
  const tasks = {
    offload: async (job: OffloadJob, parts: readonly Uint8Array[]) => {
      const input = concatBytes(...parts);
      offloaded.push(`${job} ${input.length}`);
      return offloadJobs[job](input);
    },
  };
  beforeEach(() => {
    offloaded.length = 0;
  });

  it("leaves the main thread above the stated size only", async () => {
    for (const length of [inlineHashBytes, inlineHashBytes + 1]) {
      const input = pseudoRandom(length);
      expect(await hashSegment(input, tasks)).toEqual(keccak256(input));
    }
    expect(offloaded).toEqual([`keccak256 ${inlineHashBytes + 1}`]);
  });

  it("is the same when the segment arrives in pieces, however they are cut", async () => {
    const data = pseudoRandom(1_500_000);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 12 }), async (lengths) => {
        const hash = new ArrivingHash(tasks);
        let end = 0;
        for (const length of lengths) {
          const start = end;
          end = Math.min(data.length, start + length);
          hash.update(data.subarray(start, end));
        }
        expect(Buffer.compare(await hash.digest(), keccak256(data.subarray(0, end)))).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it("is worked out off the main thread while a large segment arrives", async () => {
    const hash = new ArrivingHash(tasks);
    const data = pseudoRandom(1_200_000);
    for (let at = 0; at < data.length; at += 16_384) hash.update(data.subarray(at, at + 16_384));
    await new Promise<void>((resolve) => setImmediate(resolve));
    const early = offloaded.length;
    expect(early).toBeGreaterThan(0);
    expect(await hash.digest()).toEqual(keccak256(data));
    const bytes = offloaded.map((line) => Number(line.split(" ")[1]) - keccakStateBytes);
    expect(bytes.every((length) => length % keccakRate === 0)).toBe(true);
    expect(data.length - bytes.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(inlineHashBytes);
  });

  it("fails with the worker thread, and not when nobody asks for it", async () => {
    const broken = { offload: () => Promise.reject(new Error("the worker thread ended")) };
    const [asked, unasked] = [new ArrivingHash(broken), new ArrivingHash(broken)];
    for (const hash of [asked, unasked]) hash.update(new Uint8Array(600_000));
    await expect(asked.digest()).rejects.toThrow("the worker thread ended");
    await new Promise<void>((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the run here
  });
});
