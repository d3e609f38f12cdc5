// Asks every pipeline a few times and prints a table of latencies: `npm run models:latency [-- --write FILE] [--tries N]`.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pipelines } from "./pipelines.ts";

/** A pipeline that has not loaded by then has failed. */
const loadMs = 5 * 60_000;

type Body = Readonly<Record<string, unknown>> | (() => FormData);
type Row = {
  readonly pipeline: string;
  readonly modelId: string;
  readonly job: string;
  readonly loadMs: number;
  readonly jobMs: number[];
  readonly rssMb: number;
};

const { values } = parseArgs({ options: { write: { type: "string" }, tries: { type: "string", default: "5" } } });
const tries = Number(values.tries);
const rows: Row[] = [];
const made = new Map<string, Buffer>();

const blob = (name: string) => new Blob([Uint8Array.from(made.get(name) ?? Buffer.alloc(0))]);
const form = (fields: () => Readonly<Record<string, string | Blob>>) => () => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields())) data.append(name, value);
  return data;
};

/** What each pipeline is asked, in an order in which each can use what the earlier ones made. */
const jobs: readonly {
  readonly pipeline: string;
  readonly job: string;
  readonly body: Body;
  readonly keep?: string;
}[] = [
  {
    pipeline: "llm",
    job: "64 tokens",
    body: { messages: [{ role: "user", content: "Tell me about the sea." }], temperature: 0, max_tokens: 64 },
  },
  {
    pipeline: "text-to-speech",
    job: "two sentences, 6 s of sound",
    body: { text: "It was the best of times, it was the worst of times. The quick brown fox jumps over the lazy dog." },
    keep: "sound",
  },
  { pipeline: "audio-to-text", job: "6 s of sound", body: form(() => ({ audio: blob("sound") })) },
  {
    pipeline: "text-to-image",
    job: "512x512, 20 steps",
    body: { prompt: "rocket", seed: 1, width: 512, height: 512, num_inference_steps: 20 },
    keep: "picture",
  },
  {
    pipeline: "image-to-image",
    job: "512x512, 20 steps",
    body: form(() => ({ image: blob("picture"), prompt: "red heart", seed: "1", num_inference_steps: "20" })),
  },
  {
    pipeline: "image-to-video",
    job: "25 frames, 512x512",
    body: form(() => ({ image: blob("picture"), seed: "1", width: "512", height: "512" })),
  },
  { pipeline: "image-to-text", job: "512x512", body: form(() => ({ image: blob("picture") })) },
  { pipeline: "upscale", job: "512x512 to 2048x2048", body: form(() => ({ image: blob("picture"), prompt: "" })) },
  {
    pipeline: "segment-anything-2",
    job: "512x512, a box, three masks",
    body: form(() => ({ image: blob("picture"), box: "[40,40,470,470]" })),
  },
];

for (const { pipeline, job, body, keep } of jobs) {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("main.ts", import.meta.url))],
    {
      env: { ...process.env, PIPELINE: pipeline, HOST: "127.0.0.1", PORT: "0", MODEL_ID: "", AUTH_TOKEN: "" },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  try {
    const url = await loaded(child);
    const took = performance.now() - begun;
    const jobMs: number[] = [];
    // the first job warms up and is not counted
    for (let round = 0; round <= tries; round++) {
      const start = performance.now();
      const answer = await fetch(`${url}/${pipeline}`, {
        method: "POST",
        ...(typeof body === "function"
          ? { body: body() }
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${pipeline} answered ${answer.status}: ${text.slice(0, 300)}`);
      if (round > 0) jobMs.push(performance.now() - start);
      const dataUrl = /"data:[^,]+,([^"]+)"/.exec(text)?.[1];
      if (keep !== undefined && dataUrl !== undefined) made.set(keep, Buffer.from(dataUrl, "base64"));
    }
    const modelId = pipelines.find(({ name }) => name === pipeline)?.modelId ?? "";
    rows.push({ pipeline, modelId, job, loadMs: took, jobMs, rssMb: await residentMb(child) });
    process.stderr.write(`· ${pipeline} done\n`);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  }
}

const page = table();
if (values.write === undefined) process.stdout.write(page);
else writeFileSync(values.write, page);

/** Base URL of the runner once its model is loaded. Rejects with its reason. */
async function loaded(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error("the runner has no log");
  let url = "";
  const timer = setTimeout(() => child.kill("SIGKILL"), loadMs);
  try {
    for await (const text of createInterface({ input: child.stderr })) {
      const line = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
      if (line["message"] === "listening") url = `http://127.0.0.1:${line["port"]}`;
      if (line["message"] === "the model is not loaded") throw new Error(`${line["problem"]}. ${line["fix"] ?? ""}`);
      if (line["message"] === "the model is loaded") {
        child.stderr.resume();
        return url;
      }
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error("the runner ended before its model was loaded");
}

/** Memory of a process; 0 where the system does not say. */
async function residentMb({ pid }: ChildProcess): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function table(): string {
  const [cpu] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const lines = rows.map(({ pipeline, modelId, job, loadMs: load, jobMs, rssMb }) => {
    const sorted = jobMs.toSorted((left, right) => left - right);
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return `| ${pipeline} | \`${modelId}\` | ${job} | ${seconds(load)} | ${seconds(middle)} | ${seconds(sorted.at(-1) ?? 0)} | ${rssMb} |`;
  });
  return `# Latencies of the reference runner

${cpu?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, ${gib} GiB of memory, ${process.platform} ${process.arch}, Node ${process.versions.node},
${new Date().toISOString().slice(0, 10)}. Load of the machine when it ended: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(", ")}. ${tries} jobs each after one that is not counted, one at a time, measured by the client.
Made by \`npm run models:latency\`.

| Pipeline | Model | Job | Load, s | Job, median, s | Job, slowest, s | Memory, MB |
|---|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
