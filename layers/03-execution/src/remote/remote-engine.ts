import { LpError, type Random, toHex } from "@livepeer-ts/kernel";
import type { ObjectShelf } from "../orchestrator/object-shelf.ts";
import type { SegmentEngine } from "../orchestrator/segment-engine.ts";
import { segDataForTranscoder } from "../segments/segment-credentials.ts";
import { resultErrors } from "../wire/segment-wire.ts";
import type { TranscoderPool } from "./transcoder-pool.ts";

export type RemoteEngineDeps = {
  readonly pool: TranscoderPool;
  /** Where transcoders fetch the segments. */
  readonly shelf: ObjectShelf;
  readonly serviceUri: string;
  readonly random: Random;
};

/** Transcoding on the machines that have registered with this orchestrator. */
export function remoteEngine(deps: RemoteEngineDeps): SegmentEngine {
  const { pool, shelf, serviceUri, random } = deps;
  return {
    async transcode({ sessionId, credentials, bytes }, signal) {
      const isTs = bytes[0] === 0x47;
      // a name that nobody can guess: the shelf is open to whoever knows a path
      const path = `${sessionId}/${toHex(random.bytes(16)).slice(2)}.${isTs ? "ts" : "mp4"}`;
      const url = `${serviceUri}${shelf.put(path, bytes, isTs ? "video/mp2t" : "video/mp4")}`;
      try {
        const { decodedPixelCount, renditions } = await pool.run(
          {
            sessionId,
            capabilities: credentials.capabilities,
            url: encodeURI(url),
            fetchCount: () => shelf.fetchCount(path),
            segData: segDataForTranscoder(credentials),
            durationMs: credentials.durationMs,
          },
          signal,
        );
        if (renditions.length !== credentials.profiles.length) {
          throw new LpError({ code: "mismatched_segments", message: resultErrors.mismatchedSegments });
        }
        return {
          decodedPixelCount,
          renditions: credentials.profiles.map((profile, i) => ({
            profile,
            ...(renditions[i] as (typeof renditions)[number]),
          })),
        };
      } finally {
        shelf.drop(path);
      }
    },
    async endSession(sessionId) {
      pool.endSession(sessionId);
    },
  };
}
