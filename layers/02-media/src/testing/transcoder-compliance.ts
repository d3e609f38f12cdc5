import assert from "node:assert/strict";
import { LpError } from "@livepeer-ts/kernel";
import type { TranscodeRequest, TranscoderBackend } from "../ports/transcoder-backend.ts";
import { presetProfiles } from "../profiles/presets.ts";
import { scaledSize } from "../profiles/scaled-size.ts";
import type { VideoProfile } from "../profiles/video-profile.ts";
import { countRendition } from "../segments/count-rendition.ts";
import type { MediaSegment } from "../segments/media-segment.ts";
import { probeSegment } from "../segments/probe-segment.ts";

/** The two functions of a test runner that the suite needs. */
export type SuiteApi = {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
};

/** What a back end brings to be judged. */
export type TranscoderUnderTest = {
  readonly create: () => TranscoderBackend;
  /** A good segment of 2 s with 60 frames of H.264 that this back end can read. */
  readonly segment: () => Promise<MediaSegment>;
};

const never = new AbortController().signal;
const ladder = presetProfiles("P360p30fps16x9,P240p30fps16x9");

async function refusal(backend: TranscoderBackend, request: TranscodeRequest): Promise<string> {
  try {
    await backend.transcode(request, never);
  } catch (error) {
    assert.ok(error instanceof LpError, "a refusal is an LpError");
    return error.message;
  }
  return assert.fail("the request was not refused");
}

/** Judges a back end by what every one of them must do. Register it from a test file, passing the runner's own functions. */
export function describeTranscoderCompliance(api: SuiteApi, name: string, subject: TranscoderUnderTest): void {
  const withBackend = async (body: (backend: TranscoderBackend, request: TranscodeRequest) => Promise<void>) => {
    const backend = subject.create();
    try {
      await body(backend, { sessionId: "compliance", segment: await subject.segment(), profiles: ladder });
    } finally {
      await backend.close();
    }
  };
  const refuses = (title: string, text: string, change: (request: TranscodeRequest) => TranscodeRequest) =>
    api.it(title, () =>
      withBackend(async (backend, request) => assert.equal(await refusal(backend, change(request)), text)),
    );
  const withProfile = (change: Partial<VideoProfile>) => (request: TranscodeRequest) => ({
    ...request,
    profiles: request.profiles.map((profile) => ({ ...profile, ...change })),
  });
  const withBytes = (bytes: Uint8Array) => (request: TranscodeRequest) => ({
    ...request,
    segment: { ...request.segment, bytes },
  });

  api.describe(`transcoder ${name}`, () => {
    api.it("returns one rendition per profile, in order, counted as its bytes count", () =>
      withBackend(async (backend, request) => {
        const source = countRendition(request.segment.bytes, "mpegts");
        const outcome = await backend.transcode(request, never);
        assert.equal(outcome.decodedFrameCount, source.frameCount);
        assert.equal(outcome.decodedPixelCount, source.pixelCount);
        assert.deepEqual(
          outcome.renditions.map((rendition) => rendition.profile.name),
          ladder.map((profile) => profile.name),
        );
        for (const rendition of outcome.renditions) {
          const count = countRendition(rendition.bytes, rendition.profile.format);
          const size = scaledSize(rendition.profile, source, "h264");
          assert.equal(count.frameCount, 60);
          assert.deepEqual([count.width, count.height], [size.width, size.height]);
          assert.equal(rendition.frameCount, count.frameCount);
          assert.equal(rendition.pixelCount, count.pixelCount);
        }
      }),
    );
    api.it("keeps the times of the frames and starts with a keyframe", () =>
      withBackend(async (backend, request) => {
        const source = probeSegment(request.segment.bytes, "mpegts");
        const { renditions } = await backend.transcode(request, never);
        for (const rendition of renditions) {
          const probe = probeSegment(rendition.bytes, rendition.profile.format);
          assert.deepEqual(probe.videoPts, source.videoPts);
          assert.ok(probe.keyframeCount >= 1);
        }
      }),
    );
    api.it("passes every frame through when the profile names no rate", () =>
      withBackend(async (backend, request) => {
        const { renditions } = await backend.transcode(withProfile({ fps: 0 })(request), never);
        for (const rendition of renditions) assert.equal(rendition.frameCount, 60);
      }),
    );
    api.it("makes nothing and fails nothing without profiles", () =>
      withBackend(async (backend, request) => {
        const outcome = await backend.transcode({ ...request, profiles: [] }, never);
        assert.equal(outcome.renditions.length, 0);
      }),
    );
    api.it("serves several segments at once", () =>
      withBackend(async (backend, request) => {
        const outcomes = await Promise.all([0, 1, 2].map(() => backend.transcode(request, never)));
        for (const outcome of outcomes) assert.equal(outcome.renditions[0]?.frameCount, 60);
      }),
    );
    api.it("ends with the caller's reason when called off", () =>
      withBackend(async (backend, request) => {
        const caller = new AbortController();
        const reason = new LpError({ code: "called_off", message: "called off" });
        caller.abort(reason);
        await assert.rejects(backend.transcode(request, caller.signal), (error) => error === reason);
      }),
    );
    api.it("answers TranscoderStopped once closed", () =>
      withBackend(async (backend, request) => {
        await backend.close();
        assert.equal(await refusal(backend, request), "TranscoderStopped");
      }),
    );
    const noise = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 7919 + (index >> 3)) & 0xff);
    refuses("refuses no bytes at all", "EmptyData", withBytes(new Uint8Array(0)));
    refuses("refuses bytes that are no media", "Invalid data found when processing input", withBytes(noise));
    refuses("refuses more than ten outputs", "Too many outputs", (request) => ({
      ...request,
      profiles: Array.from({ length: 11 }, (_, index) => ({ ...(ladder[0] as VideoProfile), name: `r${index}` })),
    }));
    refuses("refuses a negative distance of keyframes", "TranscoderInvalidGOP", withProfile({ gopMs: -2 }));
    refuses("refuses a negative size", "TranscoderInvalidResolution", withProfile({ width: -640 }));
    refuses("refuses a segment of more than 300 s", "TranscoderInvalidDuration", (request) => ({
      ...request,
      segment: { ...request.segment, durationMs: 300_001 },
    }));
    refuses("refuses a clip that ends before it begins", "TranscoderInvalidClipConfig", (request) => ({
      ...request,
      clip: { fromMs: 1000, toMs: 500 },
    }));
    refuses("refuses rates that would make too many frames", "Encoded frames runaway", withProfile({ fps: 1_000_000 }));
  });
}
