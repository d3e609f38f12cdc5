import type { TranscoderBackend } from "../../ports/transcoder-backend.ts";
import { createFileTranscoder, type FileTranscoderDeps, type FileTranscoderOptions } from "../file-transcoder.ts";
import type { NodeAvInfo } from "./find-node-av.ts";
import { nodeAvRunner } from "./node-av-runner.ts";

/** Options of the engine on node-av. */
export type NodeAvTranscoderOptions = FileTranscoderOptions & {
  /** What `findNodeAv` found. */
  readonly library: Pick<NodeAvInfo, "entry">;
  /** Address space of one process. Default 8 GiB: the runtime reserves some of it. */
  readonly maxMemoryBytes?: number;
  /** Processes that wait for their session's next segment. Default 8. */
  readonly maxIdleProcesses?: number;
  /** A process that waited this long is ended, ms. Default 60,000. */
  readonly idleProcessMs?: number;
  /** A process that holds more after a segment is ended. Default 512 MiB. */
  readonly maxKeptBytes?: number;
  /** Segments after which a process is ended. Default 1,000. */
  readonly maxSegmentsPerProcess?: number;
};

/**
 * The engine on ffmpeg's libraries, in processes that each serve one session and can be thrown away. It works on the
 * processor alone. Check the installation with `findNodeAv` first.
 */
export function createNodeAvTranscoder(
  options: NodeAvTranscoderOptions,
  deps: Omit<FileTranscoderDeps, "lanes">,
): TranscoderBackend {
  const runner = nodeAvRunner(
    {
      entry: options.library.entry,
      maxMemoryBytes: options.maxMemoryBytes ?? 8 * 2 ** 30,
      niceness: options.niceness ?? 5,
      maxIdle: options.maxIdleProcesses ?? 8,
      idleMs: options.idleProcessMs ?? 60_000,
      maxKeptBytes: options.maxKeptBytes ?? 512 * 2 ** 20,
      maxSegments: options.maxSegmentsPerProcess ?? 1000,
    },
    deps.clock,
  );
  return createFileTranscoder(runner, options, deps);
}
