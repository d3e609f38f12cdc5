import type { SlotPool } from "@livepeer-ts/compute";
import type { TranscoderBackend } from "@livepeer-ts/media";
import type { SegmentCredentials } from "../segments/segment-credentials.ts";
import { renditionMetadata, type SegmentEngine } from "./segment-engine.ts";

export type LocalEngineDeps = {
  readonly backend: TranscoderBackend;
  /** Absent: who asks has a place already. */
  readonly slots?: SlotPool;
  readonly version: string;
};

/** What a back end is asked for, from what the gateway claimed. */
export function backendRequest(
  sessionId: string,
  credentials: Pick<SegmentCredentials, "seqNo" | "durationMs" | "profiles" | "clip" | "calcPerceptualHash">,
  bytes: Uint8Array,
  metadata: string,
): Parameters<TranscoderBackend["transcode"]>[0] {
  return {
    sessionId,
    segment: {
      seqNo: Number(credentials.seqNo),
      bytes,
      durationMs: credentials.durationMs,
      container: bytes[0] === 0x47 ? "mpegts" : "mp4",
    },
    profiles: credentials.profiles,
    ...(credentials.clip === undefined ? {} : { clip: credentials.clip }),
    calcPerceptualHash: credentials.calcPerceptualHash ?? false,
    metadata,
  };
}

/** Transcoding on this machine. */
export function localEngine(deps: LocalEngineDeps): SegmentEngine {
  const { backend, slots, version } = deps;
  return {
    async transcode(job, signal) {
      const release = await slots?.acquire(signal);
      try {
        const metadata = renditionMetadata(version, job.orchId);
        return await backend.transcode(backendRequest(job.sessionId, job.credentials, job.bytes, metadata), signal);
      } finally {
        release?.();
      }
    },
    endSession: (sessionId) => backend.endSession(sessionId),
  };
}
