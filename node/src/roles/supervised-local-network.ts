import { LpError } from "@livepeer-ts/kernel";
import type { LocalNetwork, LocalNetworkStatus } from "@livepeer-ts/platform";

type Answer = {
  readonly type: string;
  readonly id: number;
  readonly returnsInMs?: number;
  readonly code?: string;
  readonly message?: string;
};

const unknown: LocalNetworkStatus = {
  phase: "starting",
  steps: [],
  rtmpUrl: null,
  samplePlaybackId: null,
  stoppedOrchestrators: [],
};

/** The local network as its supervisor tells about it over the process's message channel. */
export function supervisedLocalNetwork(): LocalNetwork {
  let status = unknown;
  let nextId = 1;
  const listeners = new Set<() => void>();
  const waiting = new Map<
    number,
    { resolve: (answer: { returnsInMs: number }) => void; reject: (error: unknown) => void }
  >();
  process.on("message", (message: unknown) => {
    const { type } = message as { type?: string };
    if (type === "local-network") {
      status = (message as { status: LocalNetworkStatus }).status;
      for (const listener of listeners) listener();
    } else if (type === "stop-orchestrator-result") {
      const answer = message as Answer;
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.code === undefined) asked?.resolve({ returnsInMs: answer.returnsInMs ?? 0 });
      else asked?.reject(new LpError({ code: answer.code, message: answer.message ?? answer.code }));
    }
  });
  return {
    status: () => status,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stopOrchestrator(address) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        process.send?.({ type: "stop-orchestrator", id, address });
      });
    },
  };
}
