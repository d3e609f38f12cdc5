import { toBinary } from "@bufbuild/protobuf";
import {
  CapabilitiesSchema,
  isLegacyOnly,
  type JobNeeds,
  type JobStorage,
  jobCapabilities,
} from "@livepeer-ts/execution";
import { attempt, type Fields, list, number, object, optionalText, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

type Profile = JobNeeds["profiles"][number];

/** The reference's numbers by our names; a number without a name goes through as it is, for the node to refuse. */
const named = <T extends string>(names: readonly T[], value: number): T => names[value] ?? (String(value) as T);
const codecs = ["h264", "hevc", "vp8", "vp9"] as const;
const formats = ["mpegts", "mpegts", "mp4"] as const;
const encoderProfiles = ["none", "baseline", "main", "high", "constrained-high"] as const;
const storages: Readonly<Record<string, JobStorage>> = { direct: "direct", s3: "s3", gcs: "gcs", google: "gcs" };

function readProfile(fields: Fields): Profile {
  const gopNanoseconds = number(fields, "gopNanoseconds");
  return {
    format: named(formats, number(fields, "format")),
    codec: named(codecs, number(fields, "encoder")),
    fpsDen: number(fields, "framerateDen"),
    encoderProfile: named(encoderProfiles, number(fields, "profile")),
    gopMs: gopNanoseconds < 0 ? gopNanoseconds : gopNanoseconds / 1_000_000,
  };
}

export const suite: ConformanceSuite = async (testCase) => {
  const expected = object(testCase, "expected");
  const storage = typeof testCase["storage"] === "string" ? storages[testCase["storage"].toLowerCase()] : undefined;
  const isFormatKnown = optionalText(testCase, "pixelFormatError") === undefined;
  const got = await attempt(() => {
    const capabilities = jobCapabilities({
      inputCodec: named(codecs, number(testCase, "inputCodec")),
      pixelFormat: isFormatKnown
        ? { chroma: number(testCase, "chroma") as 0 | 1 | 2, colorDepthMinus8: number(testCase, "bitDepthMinus8") }
        : undefined,
      profiles: list(testCase, "profiles").map((profile) => readProfile(profile as Fields)),
      verificationFreq: number(testCase, "verificationFreq"),
      hasSegmentParameters: testCase["hasSegmentParameters"] === true,
      storage,
    });
    return {
      error: null,
      bitstring: capabilities.bitstring,
      legacyOnly: isLegacyOnly(capabilities),
      netCapabilities: toBinary(CapabilitiesSchema, capabilities),
    };
  });
  return { expected, got: sameFields(expected, got) };
};
