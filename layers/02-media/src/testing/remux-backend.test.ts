import { describe, expect, it } from "vitest";
import { presetProfiles } from "../profiles/presets.ts";
import { createRemuxBackend } from "./remux-backend.ts";
import { syntheticSegment } from "./synthetic-segment.ts";
import { describeTranscoderCompliance } from "./transcoder-compliance.ts";

describeTranscoderCompliance({ describe, it }, "remux", {
  create: () => createRemuxBackend(),
  segment: async () => syntheticSegment(),
});

describe("the engine without an encoder", () => {
  const profiles = presetProfiles("P360p30fps16x9,P240p30fps16x9");
  const renditionsOf = async (seed: number) => {
    const request = { sessionId: "s", segment: syntheticSegment({ seed }), profiles };
    const { renditions } = await createRemuxBackend().transcode(request, new AbortController().signal);
    return renditions.map(({ bytes }) => Buffer.from(bytes));
  };

  it("answers the same bytes for the same input, and others for another input or profile", async () => {
    const [one, again, other] = await Promise.all([renditionsOf(1), renditionsOf(1), renditionsOf(2)]);
    expect(again).toEqual(one);
    expect(other?.[0]?.equals(one?.[0] as Buffer)).toBe(false);
    expect(one?.[1]?.equals(one?.[0] as Buffer)).toBe(false);
  });
  it("makes renditions as large as the ladder's bitrates say", async () => {
    const sizes = (await renditionsOf(1)).map((bytes) => bytes.length);
    for (const [index, size] of sizes.entries()) {
      const ideal = ((profiles[index]?.bitrateBps ?? 0) / 8) * 2;
      expect(size / ideal).toBeGreaterThan(0.9);
      expect(size / ideal).toBeLessThan(1.1);
    }
  });
});
