import { systemRandom } from "@livepeer-ts/kernel/adapters";
import { describe, expect, it } from "vitest";
import { newPlaybackId, newStreamKey, uuid } from "./stream-ids.ts";

describe("ids", () => {
  it("use every character of base 36 about equally often", () => {
    const random = systemRandom();
    const counts = new Map<string, number>();
    for (let i = 0; i < 3_000; i++) {
      for (const character of newPlaybackId("abcd", random).slice(4))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(36);
    // 36,000 characters, 1,000 each on average; six standard deviations are about 187.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it("do not repeat", () => {
    const random = systemRandom();
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) seen.add(uuid(random)).add(newStreamKey("abcd", random));
    expect(seen.size).toBe(1_000);
  });
});
