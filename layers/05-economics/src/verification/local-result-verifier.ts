import { type ResultVerifier, resultSigner, verifyResultSignature, type WorkResult } from "@livepeer-ts/execution";
import { type Address, LpError, recoverPersonalMessage } from "@livepeer-ts/kernel";
import { countRendition } from "@livepeer-ts/media";

const chainSignatures = {
  verifyHash: (address: Address, hash: Uint8Array, signature: Uint8Array) =>
    recoverPersonalMessage(hash, signature) === address,
};

const errors = {
  signature: () => new LpError({ code: "pm_check_failed", message: "PM Check Failed" }),
  pixelMismatch: (index: number, reported: bigint, counted: bigint) =>
    new LpError({
      code: "pixel_mismatch",
      message: "PixelMismatch",
      details: { rendition: index, reported: reported.toString(), counted: counted.toString() },
      retryable: true,
    }),
  pixelsAbsent: () => new LpError({ code: "pixels_absent", message: "PixelsAbsent", retryable: true }),
};

/** Judges results on the gateway itself: the signature over all renditions, and the pixels that were billed. */
export function createLocalResultVerifier(): ResultVerifier {
  return {
    async verify({ info, data, renditions, containers }: WorkResult): Promise<void> {
      if (resultSigner(info) === undefined) return; // an off-chain orchestrator signs nothing
      if (renditions.length !== data.segments.length || renditions.length === 0) throw errors.signature();
      const hashes = renditions.map((rendition) => rendition.hash);
      if (!verifyResultSignature(info, data.sig, hashes, data.segments.length, chainSignatures))
        throw errors.signature();
      renditions.forEach((rendition, i) => {
        const reported = data.segments[i]?.pixels;
        const container = containers[i];
        if (reported === undefined || container === undefined) throw errors.pixelsAbsent();
        const counted = BigInt(countRendition(rendition.bytes, container).pixelCount);
        if (counted !== reported) throw errors.pixelMismatch(i, reported, counted);
      });
    },
  };
}
