import type { Reason } from "@livepeer-ts/kernel";
import type { AdminSubjects } from "./admin-subjects.ts";

/** Whether a node can take work, and if not, why. */
export type Readiness = {
  readonly ready: boolean;
  readonly reasons: readonly Reason[];
  readonly draining: boolean;
  /** Null off chain. */
  readonly chain: { readonly block: bigint | null; readonly lastSeenMsAgo: number | null } | null;
  /** Null where nothing is limited. */
  readonly capacity: { readonly running: number; readonly maxSessions: number } | null;
};

/** The chain was not reached for this long: prices, deposits and rounds are not known any more, ms. */
const maxChainSilenceMs = 60_000;

/** Looks at the node as it is. */
export function readinessOf(subjects: AdminSubjects): Readiness {
  const chain = chainFacts(subjects);
  const capacity =
    subjects.capacity === undefined
      ? null
      : { running: subjects.capacity.running(), maxSessions: subjects.capacity.maxSessions() };
  const reasons = [...startReasons(subjects), ...chainReasons(chain), ...workReasons(subjects, capacity)];
  return { ready: reasons.length === 0, reasons, draining: subjects.drain.since !== undefined, chain, capacity };
}

function chainFacts({ chain, clock }: AdminSubjects): Readiness["chain"] {
  if (chain === undefined) return null;
  const { lastPollAt } = chain.blocks.health;
  return {
    block: chain.blocks.head?.number ?? null,
    lastSeenMsAgo: lastPollAt === undefined ? null : Math.max(0, Math.round(clock.now() - lastPollAt)),
  };
}

function startReasons({ isReady }: AdminSubjects): Reason[] {
  if (isReady) return [];
  const sentence = "The node is still starting.";
  return [{ code: "starting", sentence, remedy: "Wait; the log says what it waits for." }];
}

function chainReasons(chain: Readiness["chain"]): Reason[] {
  if (chain === null) return [];
  if (chain.lastSeenMsAgo !== null && chain.lastSeenMsAgo <= maxChainSilenceMs) return [];
  const since = chain.lastSeenMsAgo === null ? "yet" : `for ${Math.round(chain.lastSeenMsAgo / 1000)} s`;
  return [
    {
      code: "chain_silent",
      sentence: `The chain was not reached ${since}.`,
      remedy: "Check -ethUrl, or give several URLs.",
    },
  ];
}

function workReasons(subjects: AdminSubjects, capacity: Readiness["capacity"]): Reason[] {
  const reasons: Reason[] = [];
  if (subjects.drain.since !== undefined) {
    const sentence = "The node is draining: it takes nothing new.";
    reasons.push({ code: "draining", sentence, remedy: "POST /undrain to take new work again." });
  }
  if (subjects.worker?.isRegistered() === false && subjects.drain.since === undefined) {
    const who = subjects.kind === "aiWorker" ? "AI worker" : "transcoder";
    const sentence = `The ${who} is not registered with its orchestrator.`;
    reasons.push({ code: "not_registered", sentence, remedy: "Check -orchAddr, -orchSecret and the orchestrator." });
  }
  reasons.push(...runnerReasons(subjects));
  // a worker's models say it themselves
  if (capacity === null || subjects.kind === "aiWorker") return reasons;
  if (capacity.maxSessions === 0) {
    const sentence = "No transcoder is connected.";
    reasons.push({ code: "no_transcoders", sentence, remedy: "Start transcoders with -orchAddr and -orchSecret." });
  } else if (capacity.running >= capacity.maxSessions) {
    const sentence = `All ${capacity.maxSessions} sessions are in use.`;
    reasons.push({ code: "full", sentence, remedy: "Raise -maxSessions or add nodes." });
  }
  return reasons;
}

/** Models that are kept loaded and are not there. */
function runnerReasons({ runners }: AdminSubjects): Reason[] {
  return (runners?.models() ?? []).flatMap(({ pipeline, modelId, isWarm, state, problem }) => {
    if (state === "ready" || (!isWarm && state !== "failed")) return [];
    const why = problem === undefined ? `it is ${state}` : problem.split("\n")[0];
    const sentence = `The model ${modelId} of ${pipeline} is not ready: ${why}.`;
    return [
      {
        code: "runner_not_ready",
        sentence,
        remedy: "Wait while it loads, else see the log; livepeer doctor looks at its setting.",
      },
    ];
  });
}
