import { join } from "node:path";
import type { Random } from "@livepeer-ts/kernel";
import { type ClipPublisher, publishClip } from "@livepeer-ts/media/adapters";
import { makeCounterClip } from "@livepeer-ts/media/testing";
import { judgeTrack } from "../../node/src/demo/served-stream.ts";
import { until } from "../support/until.ts";
import { type ChaosGroup, ChaosNetwork } from "./chaos-network.ts";
import type { Victim } from "./victim.ts";
import { type StreamVerdict, WatchedStream } from "./watched-stream.ts";

export type ChaosOptions = {
  readonly kills: number;
  /** Streams through the engine without an encoder, and through ffmpeg. */
  readonly remuxStreams: number;
  readonly realStreams: number;
  /** Seconds from one kill to the next, on average. */
  readonly everySeconds: number;
  /** Default 10000. */
  readonly longestFreezeMs?: number;
  readonly random: Random;
  /** Logs, media and data. */
  readonly folder: string;
  readonly say: (line: string) => void;
};

/** What the players saw. */
export type ChaosResult = {
  readonly kills: number;
  readonly streams: number;
  readonly segments: number;
  readonly lost: number;
  readonly duplicated: number;
  /**
   * 99th percentile of the ms from the hedge's deadline of a late segment until its next attempt began, as a player can
   * tell: the time its renditions took, less the deadline and what a segment of its stream takes otherwise. `null`: none
   * was late.
   */
  readonly nextAttemptMsP99: number | null;
};

export type ChaosReport = ChaosResult & {
  /** Segments that were late at a player. */
  readonly late: number;
  readonly killed: Readonly<Record<string, number>>;
  /** Frames missing in the renditions that ffmpeg made, counted by ffprobe. */
  readonly gaps: number;
};

/** Longer than any deadline of a segment. */
const shortestFreezeMs = 3000;
const segmentMs = 2000;
/** Share of a segment's duration after which it goes to a second orchestrator (`-hedgeAfter`). */
const hedgeAfter = 0.75;
const deadlineMs = hedgeAfter * segmentMs;
/** A source of which nothing was heard for this long after its publisher ended has come to its end, ms. */
const quietMs = 3000;
/** An ended stream can be played for this long, ms, and a little more. */
const servedMs = 29_000;
/** Paths of a group that may be down at once. */
const mostDown: Readonly<Record<ChaosGroup["name"], number>> = { remux: 2, real: 1 };

type Live = { readonly watched: WatchedStream; readonly publisher: ClipPublisher; readonly isReal: boolean };

/** Streams through a network whose machines are killed and frozen at random; all is judged at the players. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { folder, random, say, longestFreezeMs = 10_000 } = options;
  const clip = join(folder, "clip.mp4");
  await makeCounterClip({ path: clip, width: 320, height: 180, fps: 25, seconds: 20, bitrateBps: 300_000 });
  const network = await ChaosNetwork.start(folder);
  const live: Live[] = [];
  const ending = new AbortController();
  const outages: Promise<void>[] = [];
  try {
    for (const group of network.groups) {
      const count = group.name === "real" ? options.realStreams : options.remuxStreams;
      for (let i = 0; i < count; i++) live.push(await publish(group, i, clip, folder));
    }
    const goOn = async (segments: number) => {
      const from = live.map(({ watched }) => watched.complete);
      await until(
        "every stream goes on",
        () => {
          network.check();
          return live.every(({ watched }, i) => watched.complete >= (from[i] as number) + segments);
        },
        90_000,
      );
    };
    await goOn(2);
    say(`${live.length} streams are on air`);

    const killed: Record<string, number> = {};
    const failures: unknown[] = [];
    for (let done = 0; done < options.kills; ) {
      await new Promise((resolve) => setTimeout(resolve, options.everySeconds * 1000 * (0.5 + random.unit())));
      network.check();
      if (failures.length > 0) throw failures[0];
      const victim = draw(network.groups, random);
      if (victim === undefined) continue;
      done++;
      const freezes = random.unit() < 0.5;
      const outageMs = freezes
        ? shortestFreezeMs + (longestFreezeMs - shortestFreezeMs) * random.unit()
        : 1000 + 4000 * random.unit();
      const what = `${freezes ? "SIGSTOP" : "SIGKILL"} ${victim.kind}`;
      killed[what] = (killed[what] ?? 0) + 1;
      say(`${done}/${options.kills} ${freezes ? "SIGSTOP" : "SIGKILL"} ${victim.name} for ${Math.round(outageMs)} ms`);
      const outage = freezes ? victim.freeze(outageMs, ending.signal) : victim.kill(outageMs, ending.signal);
      outages.push(outage.catch((error: unknown) => void failures.push(error)));
    }
    await Promise.all(outages);
    if (failures.length > 0) throw failures[0];
    await goOn(2);
    await Promise.all(live.map(({ publisher }) => publisher.stop()));
    const isLevel = () => live.every(({ watched }) => watched.isLevel && watched.quietMs > quietMs);
    // what is not there by then is counted as lost
    await until("every rendition is served", isLevel, servedMs).catch((error: Error) => say(error.message));
    return await judge(live, options.kills, killed);
  } finally {
    ending.abort();
    await Promise.all(live.map(({ publisher }) => publisher.stop()));
    await Promise.all(live.map(({ watched }) => watched.finish()));
    await Promise.all(outages);
    await network.stop();
  }
}

async function publish(group: ChaosGroup, index: number, clip: string, folder: string): Promise<Live> {
  const name = `${group.name}-${index}`;
  const watched = new WatchedStream(`http://127.0.0.1:${group.httpPort}`, name, group.profiles, join(folder, "played"));
  const publisher = publishClip({ clip, rtmpUrl: `rtmp://127.0.0.1:${group.rtmpPort}/live/${name}` });
  watched.start();
  // spread over a segment's time, as streams are
  await new Promise((resolve) => setTimeout(resolve, 90));
  return { watched, publisher, isReal: group.name === "real" };
}

/** A machine whose loss leaves its group enough others. */
function draw(groups: readonly ChaosGroup[], random: Random): Victim | undefined {
  const candidates = groups.flatMap(({ name, victims }) => {
    const down = new Set(victims.filter(({ isWell }) => !isWell).map(({ path }) => path));
    return victims.filter((victim) => {
      if (!victim.isWell) return false;
      // a transcoder may go while the other one of its orchestrator stays
      if (victim.kind === "transcoder") return !down.has(victim.path);
      return !down.has(victim.path) && down.size < mostDown[name];
    });
  });
  return candidates[Math.floor(random.unit() * candidates.length)];
}

async function judge(
  live: readonly Live[],
  kills: number,
  killed: Readonly<Record<string, number>>,
): Promise<ChaosReport> {
  const verdicts: StreamVerdict[] = [];
  let gaps = 0;
  for (const { watched, isReal } of live) {
    const verdict = await watched.finish();
    verdicts.push(verdict);
    if (!isReal) continue;
    for (const [name, track] of verdict.files) gaps += (await judgeTrack(name, track)).gaps;
  }
  const nextAttemptsMs = verdicts.flatMap(({ delaysMs }) => {
    const usual = delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length / 2)] ?? 0;
    return delaysMs.filter((ms) => ms > deadlineMs + usual / 2).map((ms) => Math.max(0, ms - deadlineMs - usual));
  });
  const sum = (of: (verdict: StreamVerdict) => number) => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const sorted = nextAttemptsMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))];
  return {
    kills,
    streams: live.length,
    segments: sum(({ segments }) => segments),
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    nextAttemptMsP99: p99 === undefined ? null : Math.round(p99),
    late: sorted.length,
    killed,
    gaps,
  };
}
