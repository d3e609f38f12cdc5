import { create } from "@bufbuild/protobuf";
import { LpError } from "@livepeer-ts/kernel";
import type { ContainerFormat, EncoderProfile, VideoCodec, VideoProfile } from "@livepeer-ts/media";
import { type Capabilities, Capabilities_ConstraintsSchema, CapabilitiesSchema } from "../wire/net_pb.gen.ts";
import { bitstringOf, isSubset } from "./capability-bitstring.ts";
import { capability, legacyCapabilities } from "./capability-number.ts";

/** Where results are stored when the stream has an object store of its own. */
export type JobStorage = "direct" | "s3" | "gcs";

/** What a transcoding job needs to be judged by. */
export type JobNeeds = {
  readonly inputCodec: VideoCodec;
  /** Pixel format of the input; undefined when it is not known, which asks for nothing special. */
  readonly pixelFormat: { readonly chroma: 0 | 1 | 2; readonly colorDepthMinus8: number } | undefined;
  readonly profiles: readonly Pick<VideoProfile, "format" | "codec" | "fpsDen" | "encoderProfile" | "gopMs">[];
  /** Fast verification on about one of this many segments; 0 = off. */
  readonly verificationFreq: number;
  /** Only a part of each segment is wanted. */
  readonly hasSegmentParameters: boolean;
  /** Object store of the stream; undefined without one. */
  readonly storage: JobStorage | undefined;
  /** Lowest version the orchestrator must announce. Default: any. */
  readonly minVersion?: string;
};

const formatCapability: Readonly<Record<ContainerFormat, number>> = {
  mpegts: capability.mpegts,
  mp4: capability.mp4,
};

const encoderCapability: Readonly<Record<VideoCodec, number>> = {
  h264: capability.h264,
  hevc: capability.hevcEncode,
  vp8: capability.vp8Encode,
  vp9: capability.vp9Encode,
};

const decoderCapability: Readonly<Record<VideoCodec, number>> = {
  h264: capability.h264,
  hevc: capability.hevcDecode,
  vp8: capability.vp8Decode,
  vp9: capability.vp9Decode,
};

const profileCapability: Readonly<Record<EncoderProfile, number | null>> = {
  none: null,
  baseline: capability.profileH264Baseline,
  main: capability.profileH264Main,
  high: capability.profileH264High,
  "constrained-high": capability.profileH264ConstrainedHigh,
};

const storageCapability: Readonly<Record<JobStorage, number>> = {
  direct: capability.storageDirect,
  s3: capability.storageS3,
  gcs: capability.storageGcs,
};

/** Key: chroma, then bits per sample minus 8. */
const pixelFormatCapability: ReadonlyMap<string, number | null> = new Map([
  ["0/0", null],
  ["2/0", capability.h264Decode444Bits8],
  ["1/0", capability.h264Decode422Bits8],
  ["2/2", capability.h264Decode444Bits10],
  ["1/2", capability.h264Decode422Bits10],
  ["0/2", capability.h264Decode420Bits10],
]);

function lookUp<K extends string, V>(table: Readonly<Record<K, V>>, key: K, what: string): V {
  if (Object.hasOwn(table, key)) return table[key];
  throw new LpError({
    code: `capability_unknown_${what}`,
    message: `capability: unknown ${what}`,
    details: { value: key },
  });
}

/** Capability numbers that a job needs. Throws with the protocol's texts (`capability: unknown format` …). */
export function jobCapabilityNumbers(job: JobNeeds): Set<number> {
  const numbers = new Set<number>([capability.authToken]);
  if (job.verificationFreq > 0) numbers.add(capability.mpeg7Signature);
  if (job.hasSegmentParameters) numbers.add(capability.segmentSlicing);
  if (job.inputCodec === "h264" && job.pixelFormat !== undefined) {
    const { chroma, colorDepthMinus8 } = job.pixelFormat;
    const needed = pixelFormatCapability.get(`${chroma}/${colorDepthMinus8}`);
    if (needed === undefined) {
      throw new LpError({
        code: "capability_unsupported_pixel_format",
        message: `capability: unsupported pixel format chroma=${chroma} colorBits=${colorDepthMinus8}`,
      });
    }
    if (needed !== null) numbers.add(needed);
  }
  for (const profile of job.profiles) {
    numbers.add(lookUp(formatCapability, profile.format, "format"));
    numbers.add(lookUp(encoderCapability, profile.codec, "codec"));
    if (profile.fpsDen > 0) numbers.add(capability.fractionalFramerates);
    const encoderProfile = lookUp(profileCapability, profile.encoderProfile, "profile");
    if (encoderProfile !== null) numbers.add(encoderProfile);
    if (profile.gopMs !== 0) numbers.add(capability.gop);
  }
  if (job.storage !== undefined) numbers.add(lookUp(storageCapability, job.storage, "storage"));
  numbers.add(lookUp(decoderCapability, job.inputCodec, "codec"));
  return numbers;
}

/** The message a gateway asks for work with: bits and empty constraints, no capacities. Throws like `jobCapabilityNumbers`. */
export function jobCapabilities(job: JobNeeds): Capabilities {
  return create(CapabilitiesSchema, {
    bitstring: bitstringOf(jobCapabilityNumbers(job)),
    constraints: create(Capabilities_ConstraintsSchema, { minVersion: job.minVersion ?? "" }),
  });
}

const legacyBits = bitstringOf(legacyCapabilities);

/** True when an orchestrator that announces no capabilities may do the job. */
export function isLegacyOnly(capabilities: Capabilities): boolean {
  return isSubset(capabilities.bitstring, legacyBits);
}
