import { create } from "@bufbuild/protobuf";
import {
  OrchestratorInfoSchema,
  resultsHash,
  TranscodeDataSchema,
  TranscodedSegmentDataSchema,
  type WorkResult,
} from "@livepeer-ts/execution";
import { addressToBytes, keccak256, paddedBigEndian } from "@livepeer-ts/kernel";
import { presetProfile, scanSegment, type VideoProfile } from "@livepeer-ts/media";
import { describe, expect, it } from "vitest";
import { createKeySigner } from "../signer/key-signer.ts";
import { createLocalResultVerifier } from "./local-result-verifier.ts";

const signer = createKeySigner(paddedBigEndian(3n, 32));
const noSignal = new AbortController().signal;
const random = { unit: () => 0 };
const local = (requiresSignature = false) =>
  createLocalResultVerifier({ requiresSignature, pictureShare: 1 }, { random, pictures: undefined });
const verifier = { verify: (result: WorkResult) => local().verify(result, noSignal) };
const profile = presetProfile("P240p30fps16x9") as VideoProfile;
// nothing a decoder could show
const renditions = [new Uint8Array(1000).fill(1), new Uint8Array(3000).fill(2)].map((bytes) => ({
  bytes,
  hash: keccak256(bytes),
}));

const source = new Uint8Array(1000).fill(9);

function result(pixels: readonly bigint[], options: { signer?: typeof signer; isOffChain?: boolean } = {}): WorkResult {
  const sig = (options.signer ?? signer).signHash(resultsHash(renditions.map(({ hash }) => hash)));
  return {
    info: create(OrchestratorInfoSchema, options.isOffChain ? {} : { address: addressToBytes(signer.address) }),
    data: create(TranscodeDataSchema, {
      sig,
      segments: pixels.map((count) => create(TranscodedSegmentDataSchema, { url: "x", pixels: count })),
    }),
    renditions,
    manifestId: "m",
    uri: "https://o.test",
    source: { seqNo: 1, bytes: source, durationMs: 2000, container: "mpegts" },
    sourceScan: scanSegment(source, "mpegts"),
    profiles: [profile, { ...profile, name: "other" }],
  };
}

describe("the local verifier", () => {
  it("accepts signed renditions with the pixels that are really there", async () => {
    await verifier.verify(result([0n, 0n]));
  });

  it("refuses another signature, and a count that is not the number of renditions", async () => {
    const other = createKeySigner(paddedBigEndian(4n, 32));
    await expect(verifier.verify(result([0n, 0n], { signer: other }))).rejects.toThrow("PM Check Failed");
    await expect(verifier.verify(result([0n]))).rejects.toThrow("PM Check Failed");
  });

  it("refuses pixels that are billed and not there", async () => {
    const failure = expect(verifier.verify(result([0n, 1n]))).rejects;
    await failure.toMatchObject({ message: "PixelMismatch", details: { rendition: 1 } });
  });

  it("asks for no signature where nobody signs, and looks at the rest all the same", async () => {
    const checks = await verifier.verify(result([0n, 0n], { isOffChain: true }));
    expect(checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
      "signature skipped",
      "pixels passed",
      "structure passed",
    ]);
    await expect(verifier.verify(result([5n, 5n], { isOffChain: true }))).rejects.toThrow("PixelMismatch");
  });

  it("refuses on chain whoever leaves out its address: that is no way around the check", async () => {
    const failure = expect(local(true).verify(result([0n, 0n], { isOffChain: true }), noSignal)).rejects;
    await failure.toMatchObject({ message: "PM Check Failed", checks: [{ check: "signature", outcome: "failed" }] });
  });

  it("gives every failed result that may be misjudged a worth, and none to what has no pictures or a wrong signature", async () => {
    await expect(verifier.verify(result([0n, 1n]))).rejects.toMatchObject({ score: undefined });
    const other = createKeySigner(paddedBigEndian(4n, 32));
    await expect(verifier.verify(result([0n, 0n], { signer: other }))).rejects.toMatchObject({ score: undefined });
  });
});
