import { create, toBinary } from "@bufbuild/protobuf";
import { type HttpRequest, keccak256, utf8 } from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { expect, it } from "vitest";
import { AuthTokenIssuer } from "../auth/auth-token.ts";
import {
  defaultCapabilities,
  jobCapabilities,
  mandatoryCapabilities,
  nodeCapabilities,
} from "../capabilities/index.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import { createSegData, encodeSegmentHeader } from "../segments/segment-credentials.ts";
import { encodeBase64 } from "../wire/base64.ts";
import { type AuthToken, PaymentSchema } from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import { SessionTable } from "./session-table.ts";
import { admitWork } from "./work-admission.ts";

const anybody: NodeSigner = {
  address: undefined,
  sign: () => new Uint8Array(0),
  signHash: () => new Uint8Array(0),
  verify: () => true,
  verifyHash: () => true,
};
const profiles = [presetProfile("P240p30fps16x9") as VideoProfile];

function requestWith(authToken: AuthToken): HttpRequest {
  const segment = createSegData(
    {
      manifestId: "m",
      seqNo: 0n,
      hash: keccak256(utf8("x")),
      durationMs: 2000,
      profiles,
      capabilities: jobCapabilities({
        inputCodec: "h264",
        pixelFormat: undefined,
        profiles,
        verificationFreq: 0,
        hasSegmentParameters: false,
        storage: undefined,
      }),
      authToken,
    },
    anybody,
  );
  return {
    method: "POST",
    url: "https://o:8935/segment",
    header: new Headers({
      [segmentWire.segmentHeader]: encodeSegmentHeader(segment),
      [segmentWire.paymentHeader]: encodeBase64(toBinary(PaymentSchema, create(PaymentSchema, {}))),
    }),
    body: (async function* () {})(),
    signal: new AbortController().signal,
    peer: { address: "127.0.0.1", protocol: "h1" },
  };
}

it("takes a session's credentials until they expire, again and again, and not after", () => {
  let now = 1_700_000_000_000;
  const tokens = new AuthTokenIssuer({ clock: { now: () => now }, random: simRandom(1) });
  const announced = nodeCapabilities({
    capabilities: defaultCapabilities,
    mandatories: mandatoryCapabilities,
    version: "0.9.1",
  });
  const sessions = new SessionTable({ maxSessions: 1 }, { mono: () => now }, () => {});
  const deps = { signer: anybody, tokens, capabilities: () => announced, sessions };
  const token = tokens.issue();
  for (const minutes of [0, 29]) {
    now = 1_700_000_000_000 + minutes * 60_000;
    expect(admitWork(requestWith(token), deps).token.sessionId).toBe(token.sessionId);
  }
  now += 60_000;
  expect(() => admitWork(requestWith(token), deps)).toThrow(
    expect.objectContaining({ status: 403, message: "expired auth token" }),
  );
});
