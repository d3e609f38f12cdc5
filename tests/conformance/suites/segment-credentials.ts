import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { createKeySigner } from "@livepeer-ts/economics";
import {
  AuthTokenSchema,
  CapabilitiesSchema,
  createSegData,
  decodeSegmentHeader,
  encodeSegmentHeader,
  profileIds,
  SegDataSchema,
  segmentSigningBytes,
  verifySegmentSignature,
} from "@livepeer-ts/execution";
import { fromHex, keccak256, toHex, utf8 } from "@livepeer-ts/kernel";
import { bytes, type Fields, integer, list, number, object, sameFields, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";
import { readVectorProfile, writeVectorProfile } from "../vector-profile.ts";

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  const signer = createKeySigner(bytes(testCase, "privateKey"));
  const profiles = list(testCase, "profiles").map((profile) => readVectorProfile(profile as Fields));
  const token = object(testCase, "authToken");
  const hash = keccak256(utf8(text(testCase, "segmentDataUtf8")));
  const slice = testCase["segmentParameters"] as { from?: number | string; to?: number | string } | null;
  // capabilities are an input of this suite; the recorded message carries them whole
  const recorded = fromBinary(SegDataSchema, fromHex(text(expected, "segDataDeterministic")));
  const capabilities = recorded.capabilities ?? create(CapabilitiesSchema);
  const manifestId = text(testCase, "manifestId");
  const seqNo = integer(testCase, "seq");
  const segData = createSegData(
    {
      manifestId,
      seqNo,
      hash,
      durationMs: number(testCase, "durationSeconds") * 1000,
      profiles,
      capabilities,
      authToken: create(AuthTokenSchema, {
        token: Buffer.from(text(token, "token"), "base64"),
        sessionId: text(token, "session_id"),
        expiration: BigInt(text(token, "expiration")),
      }),
      storage: recorded.storage,
      calcPerceptualHash: testCase["calcPerceptualHash"] === true,
      forceSessionReinit: recorded.ForceSessionReinit,
      ...(slice === null || slice === undefined
        ? {}
        : { clip: { fromMs: Number(recorded.segmentParameters?.from), toMs: Number(recorded.segmentParameters?.to) } }),
    },
    signer,
  );
  const decoded = decodeSegmentHeader(encodeSegmentHeader(segData));
  const names = profiles.map((profile) => profile.name);
  const encoded = toBinary(SegDataSchema, segData);
  const got: Fields = {
    decodedDurationMs: decoded.durationMs,
    decodedProfiles: decoded.profiles.map(writeVectorProfile),
    headerBase64Deterministic: Buffer.from(encoded).toString("base64"),
    profilesHex: toHex(profileIds(names)).slice(2),
    segDataDeterministic: encoded,
    segDataJson: toJson(SegDataSchema, segData, { useProtoFieldName: true }),
    segmentHash: hash,
    signature: segData.sig,
    signedBytes: segmentSigningBytes(manifestId, seqNo, hash, names),
    verifies: verifySegmentSignature(decoded, signer.address, signer),
  };
  return { expected, got: sameFields(expected, got) };
};
