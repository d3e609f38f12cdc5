import { create } from "@bufbuild/protobuf";
import {
  OrchestratorInfoSchema,
  resultsHash,
  TranscodeDataSchema,
  TranscodedSegmentDataSchema,
} from "@livepeer-ts/execution";
import { addressToBytes, keccak256, paddedBigEndian } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { createKeySigner } from "../signer/key-signer.ts";
import { createLocalResultVerifier } from "./local-result-verifier.ts";

const signer = createKeySigner(paddedBigEndian(3n, 32));
const verifier = createLocalResultVerifier();
// nothing a decoder could show
const renditions = [new Uint8Array(1000).fill(1), new Uint8Array(3000).fill(2)].map((bytes) => ({
  bytes,
  hash: keccak256(bytes),
}));

function result(pixels: readonly bigint[], options: { signer?: typeof signer; isOffChain?: boolean } = {}) {
  const sig = (options.signer ?? signer).signHash(resultsHash(renditions.map(({ hash }) => hash)));
  return {
    info: create(OrchestratorInfoSchema, options.isOffChain ? {} : { address: addressToBytes(signer.address) }),
    data: create(TranscodeDataSchema, {
      sig,
      segments: pixels.map((count) => create(TranscodedSegmentDataSchema, { url: "x", pixels: count })),
    }),
    renditions,
    containers: ["mpegts", "mpegts"] as const,
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
    await failure.toMatchObject({ message: "PixelMismatch", retryable: true, details: { rendition: 1 } });
  });

  it("judges nothing where nobody signs", async () => {
    await verifier.verify(result([5n, 5n], { isOffChain: true }));
  });
});
