import {
  type Address,
  addressFromBytes,
  addressToBytes,
  bigEndianToBigInt,
  concatBytes,
  type Hash32,
  hashFromBytes,
  hashToBytes,
  keccak256,
  LpError,
  paddedBigEndian,
  utf8,
} from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";
import { canonicalCbor } from "./canonical-cbor.ts";

/** What an orchestrator signs for a piece of work; field by field the EIP-712 struct. */
export type Receipt = {
  readonly orchestrator: Address;
  readonly session: Hash32;
  readonly epoch: bigint;
  readonly index: bigint;
  readonly sourceHash: Hash32;
  readonly paramsHash: Hash32;
  readonly resultsHash: Hash32;
  /** Zero, or the Merkle root of the decoded source frames. */
  readonly sourceFramesRoot: Hash32;
  readonly pixelCount: bigint;
  readonly round: bigint;
  /** Struct hash of the receipt before; zero for the first of (session, epoch). */
  readonly prev: Hash32;
};

/** Which contract the receipts are meant for. */
export type ReceiptDomain = { readonly chainId: bigint; readonly verifyingContract: Address };

const receiptType =
  "Receipt(address orchestrator,bytes32 session,uint64 epoch,uint64 index,bytes32 sourceHash,bytes32 paramsHash,bytes32 resultsHash,bytes32 sourceFramesRoot,uint64 pixels,uint64 round,bytes32 prev)";
const domainType = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

const receiptTypeHash = keccak256(utf8(receiptType));
const domainTypeHash = keccak256(utf8(domainType));
const nameHash = keccak256(utf8("LivepeerVerifier"));
const versionHash = keccak256(utf8("1"));

const wordBytes = 32;
const wordCount = 11;
const maxUint64 = (1n << 64n) - 1n;

/** ABI encoding of the struct: 11 words. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const number = (value: bigint) => paddedBigEndian(value, wordBytes);
  return concatBytes(
    new Uint8Array(12),
    addressToBytes(receipt.orchestrator),
    hashToBytes(receipt.session),
    number(receipt.epoch),
    number(receipt.index),
    hashToBytes(receipt.sourceHash),
    hashToBytes(receipt.paramsHash),
    hashToBytes(receipt.resultsHash),
    hashToBytes(receipt.sourceFramesRoot),
    number(receipt.pixelCount),
    number(receipt.round),
    hashToBytes(receipt.prev),
  );
}

/** Reads an ABI-encoded struct. Throws `receipt_encoding`. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  if (bytes.length !== wordBytes * wordCount)
    throw badEncoding(`it has ${bytes.length} bytes, not ${wordBytes * wordCount}`);
  const word = (i: number) => bytes.subarray(i * wordBytes, (i + 1) * wordBytes);
  const uint64 = (i: number) => {
    const value = bigEndianToBigInt(word(i));
    if (value > maxUint64) throw badEncoding(`word ${i} is not a uint64`);
    return value;
  };
  if (
    word(0)
      .subarray(0, 12)
      .some((byte) => byte !== 0)
  )
    throw badEncoding("word 0 is not an address");
  return {
    orchestrator: addressFromBytes(word(0).subarray(12)),
    session: hashFromBytes(word(1)),
    epoch: uint64(2),
    index: uint64(3),
    sourceHash: hashFromBytes(word(4)),
    paramsHash: hashFromBytes(word(5)),
    resultsHash: hashFromBytes(word(6)),
    sourceFramesRoot: hashFromBytes(word(7)),
    pixelCount: uint64(8),
    round: uint64(9),
    prev: hashFromBytes(word(10)),
  };
}

function badEncoding(why: string): LpError {
  return new LpError({ code: "receipt_encoding", message: `this is not an encoded receipt: ${why}` });
}

/** EIP-712 struct hash; what the next receipt names. */
export function receiptHash(receipt: Receipt): Hash32 {
  return hashFromBytes(keccak256(receiptTypeHash, encodeReceipt(receipt)));
}

/** The 32 bytes that are signed. */
export function receiptDigest(hash: Hash32, domain: ReceiptDomain): Uint8Array {
  const separator = keccak256(
    domainTypeHash,
    nameHash,
    versionHash,
    paddedBigEndian(domain.chainId, 32),
    new Uint8Array(12),
    addressToBytes(domain.verifyingContract),
  );
  return keccak256(Uint8Array.of(0x19, 0x01), separator, hashToBytes(hash));
}

/** keccak of session id, manifest id and gateway. */
export function receiptSession(sessionId: string, manifestId: string, gateway: Address): Hash32 {
  return hashFromBytes(keccak256(utf8(sessionId), utf8(manifestId), addressToBytes(gateway)));
}

/** keccak of the agreed parameters in canonical CBOR: pipeline, one entry per rendition, the engine that did it. */
export function transcodeParamsHash(profiles: readonly VideoProfile[], engineId = ""): Hash32 {
  const rungs = profiles.map((profile) => ({
    w: profile.width,
    h: profile.height,
    fpsNum: profile.fps,
    fpsDen: profile.fpsDen,
    bitrate: profile.bitrateBps,
    gop: profile.gopMs,
    codec: profile.codec,
    profile: profile.encoderProfile,
    format: profile.format,
  }));
  return hashFromBytes(keccak256(canonicalCbor({ pipeline: "transcode", rungs, engineId })));
}
