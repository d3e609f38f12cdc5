import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Logger, silentLogger } from "@livepeer-ts/kernel";
import { simRandom } from "@livepeer-ts/kernel/testing";
import { adminTarget } from "./admin-target.ts";
import { answersTarget } from "./answers-target.ts";
import type { FuzzTarget, RunningTarget } from "./fuzz-target.ts";
import { gatewayTarget } from "./gateway-target.ts";
import { liveTarget } from "./live-target.ts";
import { orchestratorTarget } from "./orchestrator-target.ts";
import { playerTarget } from "./player-target.ts";
import { redeemerTarget } from "./redeemer-target.ts";
import { rtmpTarget } from "./rtmp-target.ts";
import { signerTarget } from "./signer-target.ts";

export const fuzzTargets: readonly FuzzTarget[] = [
  orchestratorTarget,
  liveTarget,
  gatewayTarget,
  answersTarget,
  playerTarget,
  redeemerTarget,
  signerTarget,
  adminTarget,
  rtmpTarget,
];

export type FuzzOutcome = {
  readonly target: string;
  readonly inputs: number;
  /** How often which answer came. */
  readonly answers: Readonly<Record<string, number>>;
  /** Everything that must not be; each with the number of its input. */
  readonly defects: readonly string[];
  /** Memory after the run against before, bytes. */
  readonly grownBytes: number;
};

const maxDefects = 20;
/** An answer that takes longer is none, ms. */
const patienceMs = 20_000;
const shotsAtOnce = 8;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function withPatience(shot: Promise<string>): Promise<string> {
  const waiting = new AbortController();
  const late = sleep(patienceMs, "no answer", { signal: waiting.signal }).catch(() => "no answer");
  try {
    return await Promise.race([shot, late]);
  } finally {
    waiting.abort();
  }
}

/** Sends `inputs` spoiled messages to a target; every input is a function of the seed and its number. */
export async function fuzz(target: FuzzTarget, inputs: number, seed: number, only?: number): Promise<FuzzOutcome> {
  const defects: string[] = [];
  const answers: Record<string, number> = {};
  let current = "start";
  const note = (what: string) => {
    if (defects.length < maxDefects) defects.push(`${current}: ${what}`);
  };
  // the host logs what a handler threw at it: nothing a peer sends may come to that
  const logger: Logger = {
    ...silentLogger,
    error: (message, fields) => note(`logged "${message}" ${JSON.stringify(fields)}`),
    child: () => logger,
  };
  const onRejection = (error: unknown) => note(`unhandled rejection ${error instanceof Error ? error.stack : error}`);
  const onException = (error: Error) => note(`uncaught exception ${error.stack}`);
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  let running: RunningTarget | undefined;
  try {
    running = await target.start(logger);
    const { shoot: send, stillWorks } = running;
    await stillWorks();
    const before = usedBytes();
    const shoot = async (number: number) => {
      const random = simRandom(seed, `${target.name} ${number}`);
      const answer = await withPatience(send(random)).catch((error: unknown) => `no answer: ${error}`);
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (!target.allowed.has(answer)) note(`input ${number} was answered with ${answer}`);
    };
    for (let number = only ?? 0; number < (only === undefined ? inputs : only + 1); number += shotsAtOnce) {
      const last = Math.min(number + shotsAtOnce, only === undefined ? inputs : only + 1);
      current = `inputs ${number} to ${last - 1}`;
      await Promise.all(Array.from({ length: last - number }, (_, i) => shoot(number + i)));
    }
    current = "afterwards";
    await stillWorks().catch((error: unknown) => note(`a valid request failed: ${error}`));
    const grownBytes = usedBytes() - before;
    return { target: target.name, inputs, answers, defects, grownBytes };
  } finally {
    await running?.stop();
    process.off("unhandledRejection", onRejection);
    process.off("uncaughtException", onException);
  }
}
