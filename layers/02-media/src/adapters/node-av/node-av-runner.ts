import type { Clock } from "@livepeer-ts/kernel";
import type { SegmentRunner } from "../file-transcoder.ts";
import { nodeAvOrder } from "./node-av-order.ts";
import { NodeAvProcess, type NodeAvProcessOptions } from "./node-av-process.ts";

export type NodeAvRunnerOptions = NodeAvProcessOptions & {
  /** Processes that wait for their session's next segment. */
  readonly maxIdle: number;
  /** One that waited this long is ended, ms. */
  readonly idleMs: number;
  /** One that holds more after a segment is ended. */
  readonly maxKeptBytes: number;
  /** Segments after which a process is ended. */
  readonly maxSegments: number;
};

type Idle = { readonly process: NodeAvProcess; readonly stopWaiting: () => void };

/**
 * Gives every session a process of its own, which goes when a segment fails in it. Decoder and encoders are made anew for
 * each segment, as the reference's software transcoder does; what is kept is the loaded library.
 */
export function nodeAvRunner(options: NodeAvRunnerOptions, clock: Clock): SegmentRunner {
  // In the order of their last use: the first one has waited longest.
  const idle = new Map<string, Idle>();
  const ending = new Set<Promise<void>>();
  let isClosed = false;

  const end = (process: NodeAvProcess) => {
    const gone = process.kill();
    ending.add(gone);
    gone.finally(() => ending.delete(gone));
  };
  const take = (sessionId: string): NodeAvProcess | undefined => {
    const found = idle.get(sessionId);
    if (found === undefined) return undefined;
    idle.delete(sessionId);
    found.stopWaiting();
    return found.process;
  };
  const endOf = (sessionId: string) => {
    const process = take(sessionId);
    if (process !== undefined) end(process);
  };
  const keep = (sessionId: string, process: NodeAvProcess) => {
    const { maxIdle, maxKeptBytes, maxSegments, idleMs } = options;
    const isSpent = process.rssBytes > maxKeptBytes || process.doneCount >= maxSegments;
    if (isClosed || isSpent || maxIdle === 0 || idle.has(sessionId)) return end(process);
    const [longest] = idle.keys();
    if (idle.size >= maxIdle && longest !== undefined) endOf(longest);
    const wait = clock.deadline(idleMs);
    const over = () => endOf(sessionId);
    wait.signal.addEventListener("abort", over, { once: true });
    const stopWaiting = () => {
      wait.signal.removeEventListener("abort", over);
      wait.clear();
    };
    idle.set(sessionId, { process, stopWaiting });
  };

  return {
    name: "node-av",
    check(plan) {
      nodeAvOrder(plan);
    },
    async run(plan, deadlineMs, signal) {
      signal.throwIfAborted();
      const { sessionId } = plan.request;
      const kept = take(sessionId);
      const process = kept?.isAlive === true ? kept : new NodeAvProcess(options);
      await process.run(nodeAvOrder(plan), deadlineMs, clock, signal);
      keep(sessionId, process);
    },
    async endSession(sessionId) {
      endOf(sessionId);
    },
    async close() {
      isClosed = true;
      for (const sessionId of [...idle.keys()]) endOf(sessionId);
      await Promise.all(ending);
    },
  };
}
