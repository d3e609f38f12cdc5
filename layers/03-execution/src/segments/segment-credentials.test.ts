import { create } from "@bufbuild/protobuf";
import { keccak256, utf8 } from "@livepeer-ts/kernel";
import { presetProfile, type VideoProfile } from "@livepeer-ts/media";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testSigner } from "../testing/index.ts";
import { encodeBase64 } from "../wire/base64.ts";
import { AuthTokenSchema } from "../wire/net_pb.gen.ts";
import {
  createSegData,
  decodeSegmentHeader,
  encodeSegmentHeader,
  type SegmentClaim,
  segmentDurationMs,
  verifySegmentSignature,
} from "./segment-credentials.ts";

const gateway = testSigner(7);
const profiles = ["P240p30fps16x9", "P360p30fps16x9"].map((name) => presetProfile(name) as VideoProfile);
const claim: SegmentClaim = {
  manifestId: "stream",
  seqNo: 41n,
  hash: keccak256(utf8("media")),
  durationMs: 2000,
  profiles,
  capabilities: undefined,
  authToken: create(AuthTokenSchema, { sessionId: "abcd", expiration: 5n, token: new Uint8Array(32) }),
};
const signedBy = (change: Partial<SegmentClaim> = {}) => {
  const { sig } = createSegData(claim, gateway);
  const read = decodeSegmentHeader(encodeSegmentHeader(createSegData({ ...claim, ...change }, gateway)));
  return verifySegmentSignature({ ...read, signature: sig }, gateway.address, gateway);
};

describe("the credentials of a segment", () => {
  it("reach the orchestrator as they were, and carry the gateway's signature", () => {
    fc.assert(
      fc.property(
        fc.record({
          manifestId: fc.string({ maxLength: 40, unit: "grapheme" }),
          seqNo: fc.bigInt(0n, 2n ** 63n - 1n),
          durationMs: fc.integer({ min: 1, max: 300_000 }),
          calcPerceptualHash: fc.boolean(),
          forceSessionReinit: fc.boolean(),
          clip: fc.record({ fromMs: fc.nat(10_000), toMs: fc.nat(10_000) }),
        }),
        (fields) => {
          const sent = { ...claim, ...fields };
          const read = decodeSegmentHeader(encodeSegmentHeader(createSegData(sent, gateway)));
          expect(read).toMatchObject(fields);
          expect(read.profiles).toEqual(profiles);
          expect(read.authToken?.sessionId).toBe("abcd");
          expect(verifySegmentSignature(read, gateway.address, gateway)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are void for another stream, number, media, or order of profiles", () => {
    expect(signedBy()).toBe(true);
    expect(signedBy({ manifestId: "other" })).toBe(false);
    expect(signedBy({ seqNo: 42n })).toBe(false);
    expect(signedBy({ hash: keccak256(utf8("other")) })).toBe(false);
    expect(signedBy({ profiles: [...profiles].reverse() })).toBe(false);
  });

  it("are void from another sender, and without a signature", () => {
    const read = decodeSegmentHeader(encodeSegmentHeader(createSegData(claim, gateway)));
    expect(verifySegmentSignature(read, testSigner(8).address, gateway)).toBe(false);
    expect(verifySegmentSignature({ ...read, signature: new Uint8Array(0) }, gateway.address, gateway)).toBe(false);
  });

  it("say nothing about the duration when it is 0, which means two seconds, and refuse impossible ones", () => {
    expect([0, 1, 300_000].map(segmentDurationMs)).toEqual([2000, 1, 300_000]);
    for (const bad of [-1, 300_001]) expect(() => segmentDurationMs(bad)).toThrow("invalid duration");
  });

  it("are refused, never a crash, for any header a peer can send", () => {
    const refused = (header: string) => {
      try {
        decodeSegmentHeader(header);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refused("!not base64!")).toBe("ErrorSegEncoding");
    expect(refused(encodeBase64(Uint8Array.of(7, 7)))).toContain("proto: cannot parse");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof refused(encodeBase64(bytes))).toBe("string");
      }),
    );
  });
});
