// What the network adds to an AI job whose runner does nothing: CPU of gateway and orchestrator per paid call, the time it takes, and how
// much later the first word of a conversation comes than at the runner. Real processes on a devnet.
// `--rate N` calls a second (50), `--seconds S` (30), `--record` keeps the figures in bench/results. Linux only.
import { parseArgs } from "node:util";
import { nullModel, startPaidNetwork } from "./ai/paid-network.ts";
import { BenchNodes, pause } from "./bench-nodes.ts";
import { benchOrigin, currentLoad, percentile, publishRecord, rounded } from "./bench-record.ts";
import { startLinked } from "./overhead/process-link.ts";
import { processCpuSeconds } from "./sessions/process-figures.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "50" },
    seconds: { type: "string", default: "30" },
    record: { type: "boolean", default: false },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
if (!(rate > 0) || !(seconds > 0)) throw new Error("--rate and --seconds must be above 0");
const limits = { cpuMs: 15, p99Ms: 40, firstTokenMs: 10 };
const warmUpCalls = 50;
const streams = 40;

const messages = [{ role: "user", content: "x" }];
const chat = (url: string, stream: boolean) =>
  fetch(`${url}/llm`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: nullModel, messages, stream, max_tokens: 100 }),
  });

/** Time of one call, ms. */
async function timed(url: string): Promise<number> {
  const begun = performance.now();
  const answer = await chat(url, false);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return performance.now() - begun;
}

/** `rate` calls a second, whether the ones before have been answered or not. */
async function steadily(url: string): Promise<number[]> {
  const begun = performance.now();
  const calls: Promise<number>[] = [];
  for (let i = 0; i < rate * seconds; i++) {
    await pause(Math.max(0, begun + (i * 1000) / rate - performance.now()));
    calls.push(timed(url));
  }
  return Promise.all(calls);
}

/** How much later than it left the runner the first event is here, ms. */
async function firstToken(url: string): Promise<number> {
  const answer = await chat(url, true);
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  let leftAt: number | undefined;
  let lateMs = Number.NaN;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += new TextDecoder().decode(part.value);
    leftAt ??= Number(/"content":"(\d+\.?\d*)"/.exec(text)?.[1]) || undefined;
    if (leftAt !== undefined && Number.isNaN(lateMs)) lateMs = performance.timeOrigin + performance.now() - leftAt;
  }
  return lateMs;
}

const spread = (times: readonly number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: rounded(percentile(sorted, 0.5), 2), p99: rounded(percentile(sorted, 0.99), 2) };
};

const origin = benchOrigin();
const runner = await startLinked("../ai/null-runner.ts", []);
const figures = await BenchNodes.with(async (nodes) => {
  const runnerUrl = await runner.call<string>("url");
  const network = await startPaidNetwork(nodes, runnerUrl, 64);
  try {
    for (let i = 0; i < warmUpCalls; i++) {
      await timed(network.gatewayUrl).catch(async (error: unknown) => {
        if (i > 20) throw error;
        await pause(500); // the chain's first blocks
      });
    }
    const bare = spread(await steadily(runnerUrl));
    const { gateway, orchestrator } = network;
    const cpu = () => [gateway, orchestrator].map(({ pid }) => processCpuSeconds(pid));
    const before = cpu();
    const times = await steadily(network.gatewayUrl);
    const spent = cpu().map((value, i) => ((value - (before[i] as number)) * 1000) / times.length);
    const late: number[] = [];
    for (let i = 0; i < streams; i++) late.push(await firstToken(network.gatewayUrl));
    return {
      calls: times.length,
      ratePerSecond: rate,
      cpuMsPerCall: {
        gateway: rounded(spent[0] as number, 2),
        orchestrator: rounded(spent[1] as number, 2),
        both: rounded((spent[0] as number) + (spent[1] as number), 2),
      },
      timesMs: spread(times),
      bareRunnerMs: bare,
      firstTokenLateMs: spread(late),
    };
  } finally {
    await network.stop();
  }
}).finally(() => runner.stop());

const failures: string[] = [];
if (figures.cpuMsPerCall.both > limits.cpuMs) failures.push("the network costs more CPU than it may");
if (figures.timesMs.p99 > limits.p99Ms) failures.push("calls take longer than they may");
if (figures.firstTokenLateMs.p50 > limits.firstTokenMs) failures.push("first words come later than they may");
publishRecord("ai", { ...origin, loadAfter: currentLoad(), figures, limits, failures }, values.record);
process.exitCode = failures.length === 0 ? 0 : 1;
