import { concatBytes, paddedBigEndian } from "@livepeer-ts/kernel";

/** A message as gRPC frames it. `flags` 1 says that it is compressed. */
export function grpcFrame(message: Uint8Array, flags = 0): Uint8Array {
  return concatBytes(Uint8Array.of(flags), paddedBigEndian(BigInt(message.length), 4), message);
}
