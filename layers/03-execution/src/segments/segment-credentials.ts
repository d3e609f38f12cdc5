import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type Address,
  concatBytes,
  errorText,
  keccak256,
  LpError,
  paddedBigEndian,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";
import type { NodeSigner } from "../ports/node-signer.ts";
import { placeProfiles, readProfiles } from "../profiles/profile-codec.ts";
import { decodeBase64, encodeBase64 } from "../wire/base64.ts";
import {
  type AuthToken,
  type Capabilities,
  type OSInfo,
  type SegData,
  SegDataSchema,
  SegParametersSchema,
} from "../wire/net_pb.gen.ts";
import { maxSegmentDurationMs, segmentRefusals } from "../wire/segment-wire.ts";

/** What a gateway says about a segment it sends. */
export type SegmentClaim = {
  readonly manifestId: string;
  readonly seqNo: bigint;
  /** keccak-256 of the media bytes, 32 bytes. */
  readonly hash: Uint8Array;
  readonly durationMs: number;
  readonly profiles: readonly VideoProfile[];
  readonly capabilities: Capabilities | undefined;
  readonly authToken: AuthToken | undefined;
  readonly storage?: readonly OSInfo[];
  readonly clip?: { readonly fromMs: number; readonly toMs: number };
  readonly calcPerceptualHash?: boolean;
  readonly forceSessionReinit?: boolean;
};

/** A claim as the orchestrator reads it, with its signature. */
export type SegmentCredentials = SegmentClaim & { readonly signature: Uint8Array };

/** First four bytes of keccak(name) of each profile, in order. */
export function profileIds(profileNames: readonly string[]): Uint8Array {
  return concatBytes(...profileNames.map((name) => keccak256(utf8(name)).subarray(0, 4)));
}

/** The bytes a gateway signs: manifest id, sequence number, hash, and the profile ids as hex text. */
export function segmentSigningBytes(
  manifestId: string,
  seqNo: bigint,
  hash: Uint8Array,
  profileNames: readonly string[],
): Uint8Array {
  return concatBytes(
    utf8(manifestId),
    paddedBigEndian(seqNo < 0n ? -seqNo : seqNo, 32),
    hash,
    utf8(toHex(profileIds(profileNames)).slice(2)),
  );
}

/** The signed `SegData` of a claim. */
export function createSegData(claim: SegmentClaim, signer: Pick<NodeSigner, "sign">): SegData {
  const names = claim.profiles.map((profile) => profile.name);
  return segDataOf(claim, signer.sign(segmentSigningBytes(claim.manifestId, claim.seqNo, claim.hash, names)));
}

/** The `SegData` of a claim whose signature (over `segmentSigningBytes`) was made elsewhere. */
export function signedSegData(claim: SegmentClaim, signature: Uint8Array): SegData {
  return segDataOf(claim, signature);
}

/** What an orchestrator tells its own transcoder about a segment: without hash, signature and storage, which are none of its business. */
export function segDataForTranscoder(claim: SegmentClaim): SegData {
  return segDataOf({ ...claim, hash: new Uint8Array(32), storage: [] }, new Uint8Array(0));
}

function segDataOf(claim: SegmentClaim, signature: Uint8Array): SegData {
  return create(SegDataSchema, {
    manifestId: utf8(claim.manifestId),
    seq: claim.seqNo,
    hash: claim.hash,
    profiles: utf8("invalid"), // makes peers older than the full profile lists refuse
    sig: signature,
    duration: Math.trunc(claim.durationMs),
    ...(claim.capabilities === undefined ? {} : { capabilities: claim.capabilities }),
    ...(claim.authToken === undefined ? {} : { authToken: claim.authToken }),
    calcPerceptualHash: claim.calcPerceptualHash ?? false,
    storage: [...(claim.storage ?? [])],
    ...placeProfiles(claim.profiles),
    ...(claim.clip === undefined
      ? {}
      : {
          segmentParameters: create(SegParametersSchema, {
            from: BigInt(claim.clip.fromMs),
            to: BigInt(claim.clip.toMs),
          }),
        }),
    ForceSessionReinit: claim.forceSessionReinit ?? false,
  });
}

/** Value of the `Livepeer-Segment` header. */
export function encodeSegmentHeader(segData: SegData): string {
  return encodeBase64(toBinary(SegDataSchema, segData));
}

/** Duration in ms as the receiver takes it: 0 means 2 s. Throws `invalid duration`. */
export function segmentDurationMs(duration: number): number {
  if (duration < 0 || duration > maxSegmentDurationMs) {
    throw new LpError({ code: "invalid_duration", message: segmentRefusals.invalidDuration.text });
  }
  return duration === 0 ? 2000 : duration;
}

/** Reads a `SegData`. Throws with the protocol's text for bad durations and profiles. */
export function readSegData(segData: SegData): SegmentCredentials {
  const durationMs = segmentDurationMs(segData.duration);
  const profiles = readProfiles(segData);
  return {
    manifestId: new TextDecoder().decode(segData.manifestId),
    seqNo: segData.seq,
    hash: segData.hash,
    durationMs,
    profiles,
    capabilities: segData.capabilities,
    authToken: segData.authToken,
    storage: segData.storage,
    calcPerceptualHash: segData.calcPerceptualHash,
    forceSessionReinit: segData.ForceSessionReinit,
    signature: segData.sig,
    ...(segData.segmentParameters === undefined
      ? {}
      : { clip: { fromMs: Number(segData.segmentParameters.from), toMs: Number(segData.segmentParameters.to) } }),
  };
}

/** Reads the `Livepeer-Segment` header. Throws `LpError`s whose messages are the protocol's bodies. */
export function decodeSegmentHeader(header: string): SegmentCredentials {
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(header);
  } catch (cause) {
    throw new LpError({ code: "segment_encoding", message: segmentRefusals.segmentEncoding.text, cause });
  }
  let segData: SegData;
  try {
    segData = fromBinary(SegDataSchema, bytes);
  } catch (cause) {
    throw new LpError({
      code: "segment_protobuf",
      message: `proto: cannot parse invalid wire-format data: ${errorText(cause)}`,
      cause,
    });
  }
  return readSegData(segData);
}

/** True when `sender` signed these credentials. */
export function verifySegmentSignature(
  credentials: SegmentCredentials,
  sender: Address,
  signer: Pick<NodeSigner, "verify">,
): boolean {
  const names = credentials.profiles.map((profile) => profile.name);
  const bytes = segmentSigningBytes(credentials.manifestId, credentials.seqNo, credentials.hash, names);
  return signer.verify(sender, bytes, credentials.signature);
}
