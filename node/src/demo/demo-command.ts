import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NetworkState } from "@livepeer-ts/data";
import { nodeDatabaseFiles } from "@livepeer-ts/data";
import { errorText, LpError, toAddress } from "@livepeer-ts/kernel";
import { isProcessAlive } from "@livepeer-ts/kernel/adapters";
import { LocalNetwork } from "../up/local-network.ts";
import { findFreePorts } from "../up/network-ports.ts";
import { statusLine } from "../up/status-line.ts";
import { type ChainAccounts, readChainAccounts } from "./chain-accounts.ts";
import { type DemoFigures, demoFailures } from "./demo-figures.ts";
import { lostSegments, ServedStream } from "./served-stream.ts";

type DemoOptions = {
  readonly seconds: number;
  readonly kill: boolean;
  readonly json: boolean;
  readonly blockTimeSec: number;
};

const usage = "npm run demo -- [--seconds 60] [--kill] [--json] [--block-time 0.25]";
const settleMs = 60_000;

function parseDemoOptions(args: readonly string[]): DemoOptions {
  const options = { seconds: 60, kill: false, json: false, blockTimeSec: 0.25 };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--kill") options.kill = true;
    else if (args[i] === "--json") options.json = true;
    else if (args[i] === "--seconds" && Number(args[i + 1]) >= 10) options.seconds = Number(args[++i]);
    else if (args[i] === "--block-time" && Number(args[i + 1]) > 0) options.blockTimeSec = Number(args[++i]);
    else
      throw new LpError({
        code: "bad_flag",
        message: `"${args[i]}" is not understood (at least 10 seconds). ${usage}`,
      });
  }
  return options;
}

/** `npm run demo`: a whole run without a person, measured from what was served and from the chain. */
export async function demoCommand(args: readonly string[]): Promise<void> {
  const options = parseDemoOptions(args);
  const folder = await mkdtemp(join(tmpdir(), "livepeer-demo-"));
  const say = (line: string) => (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const network = new LocalNetwork({
    folder: join(folder, "network"),
    ports: await findFreePorts(),
    blockTimeSec: options.blockTimeSec,
    onStep: (step) => {
      if (step.state === "done" || step.state === "failed")
        say(`${step.state} ${step.name} ${step.ms ?? ""} ${step.detail ?? ""}`);
    },
  });
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      void network.stop().then(() => process.exit(130));
    });
  }
  let figures: DemoFigures | undefined;
  let pids: readonly number[] = [];
  try {
    await network.start();
    pids = network.pids;
    figures = await run(options, network, join(folder, "served"), say);
  } finally {
    if (!isInterrupted) await network.stop();
  }
  const winners = network.orchestrators.reduce(
    (sum, { folder: data }) => sum + winnersIn(join(data, nodeDatabaseFiles.livepeer)),
    0,
  );
  figures = {
    ...figures,
    tickets: { ...figures.tickets, won: winners },
    processesLeft: pids.filter(isProcessAlive).length,
  };
  const failures = demoFailures(figures);
  await rm(folder, { recursive: true, force: true });
  for (const failure of failures) say(`FAILED ${failure}`);
  process.stdout.write(
    `${JSON.stringify({ ...figures, ok: failures.length === 0, failures }, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), options.json ? 0 : 2)}\n`,
  );
  process.exitCode = failures.length === 0 ? 0 : 1;
}

async function run(
  options: DemoOptions,
  network: LocalNetwork,
  folder: string,
  say: (line: string) => void,
): Promise<DemoFigures> {
  const playbackId = network.sample?.playbackId ?? "";
  const served = new ServedStream(`${network.platformUrl}/hls/${playbackId}/index.m3u8`, folder);
  served.start();
  const started = performance.now();
  const state = () => networkState(network.platformUrl);
  let killed: string | null = null;
  while (performance.now() - started < options.seconds * 1000) {
    await pause(2000);
    const now = await state().catch((error: unknown) => say(`no state: ${errorText(error)}`));
    if (now) say(statusLine(now));
    if (now && options.kill && killed === null && performance.now() - started > options.seconds * 500) {
      const busiest = [...now.orchestrators].sort((a, b) => b.piecesDelivered - a.piecesDelivered)[0];
      if (busiest === undefined) continue;
      killed = busiest.address;
      say(`killing orchestrator ${busiest.label} (${busiest.address}) with SIGKILL`);
      network.killOrchestrator(toAddress(busiest.address), true);
    }
  }
  await network.stopPublisher();
  const settleUntil = performance.now() + settleMs;
  let accounts: ChainAccounts;
  do {
    await pause(500);
    accounts = await readAccounts(network);
  } while (
    performance.now() < settleUntil &&
    (!isServed(served) || accounts.redeemed < 1 || accounts.rewards < 1 || accounts.roundsInitialized < 1)
  );
  const last = await state();
  const renditions = await served.finish();
  return {
    seconds: options.seconds,
    killed,
    renditions: renditions.map(({ name, seqNos, seconds, frames, gaps }) => ({
      name,
      segments: seqNos.length,
      seconds: Math.round(seconds * 1000) / 1000,
      frames,
      gaps,
    })),
    firstSegmentMs: served.firstRenditionAt === undefined ? null : Math.round(served.firstRenditionAt),
    lostSegments: lostSegments(renditions),
    tickets: {
      sent: last.payments.sent,
      accepted: last.payments.accepted,
      won: last.payments.won,
      redeemed: accounts.redeemed,
      winChance: accounts.winChance,
    },
    wei: {
      paid: accounts.paidWei,
      credited: accounts.creditedWei,
      pendingFees: accounts.pendingFeesWei,
      roundingBound: accounts.roundingBoundWei,
      block: accounts.block,
    },
    rounds: { initialized: accounts.roundsInitialized, rewards: accounts.rewards },
    orchestrators: last.orchestrators.map((orchestrator) => ({
      address: orchestrator.address,
      segments: orchestrator.piecesDelivered,
    })),
    processesLeft: 0,
  };
}

function readAccounts(network: LocalNetwork): Promise<ChainAccounts> {
  return readChainAccounts({
    chainUrl: network.chainUrl,
    controller: network.controller,
    gateway: network.gatewayAddress,
    stakers: network.stakers,
    startBlock: network.startBlock,
    fundedWei: network.fundedWei.depositWei + network.fundedWei.reserveWei,
  });
}

/** True when every track holds as many segments as the source. */
function isServed(served: ServedStream): boolean {
  const counts = served.counts();
  const source = counts.get("source") ?? 0;
  return source > 0 && [...counts.values()].every((count) => count === source);
}

async function networkState(url: string): Promise<NetworkState> {
  const answer = await fetch(`${url}/api/network`);
  if (!answer.ok) throw new Error(`/api/network answered ${answer.status}`);
  return (await answer.json()) as NetworkState;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Winning tickets in an orchestrator's own file, counted after it ended. */
function winnersIn(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare("SELECT count(*) AS n FROM ticketQueue").get()?.["n"] ?? 0);
  } finally {
    db.close();
  }
}
