// Makes what the playground shows before a first run: the results of its examples, by the reference models through a paid local network.
// Run after changing an example, a pipeline or a reference model. It needs `npm run models`.
//
//   node scripts/bootstrap.mjs --services --runner scripts/example-results.ts [pipeline…]
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AiPipeline, aiPipelines } from "@livepeer-ts/execution";
import type { AiCapabilities } from "@livepeer-ts/sdk";
import { exampleValues, samples } from "../layers/09-apps/console/src/playground/examples.ts";
import { requestBody } from "../layers/09-apps/console/src/playground/form-values.ts";
import { masksOf, numbersOf } from "../layers/09-apps/console/src/playground/result/mask-data.ts";
import { LocalNetwork } from "../node/src/up/local-network.ts";
import { findFreePorts } from "../node/src/up/network-ports.ts";
import { referenceModels } from "../node/src/up/reference-models.ts";

const results = fileURLToPath(new URL("../layers/09-apps/console/src/samples/results/", import.meta.url));
const modelsMs = 120_000;
const asked = new Set(process.argv.slice(2));

type Item = { readonly url: string };
type Value = Readonly<Record<string, unknown>> & { readonly images?: readonly Item[]; readonly audio?: Item };

async function offeredModels(network: LocalNetwork): Promise<AiCapabilities["models"]> {
  for (const end = Date.now() + modelsMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 1000))) {
    const answer = (await (await fetch(`${network.platformUrl}/api/ai/capabilities`)).json()) as AiCapabilities;
    if (new Set(answer.models.map(({ pipeline }) => pipeline)).size === aiPipelines.length) return answer.models;
  }
  throw new Error("not every pipeline has a model: run npm run models");
}

async function exampleBody(pipeline: AiPipeline, modelId: string): Promise<FormData | string> {
  const files: Record<string, File> = {};
  for (const { name, type } of pipeline.fields) {
    const sample = samples[name];
    if (type !== "file" || sample === undefined) continue;
    files[name] = new File([await readFile(fileURLToPath(sample.url))], sample.name, { type: sample.type });
  }
  const values = exampleValues(pipeline, modelId);
  // the page shows the whole answer at once
  const texts = pipeline.result === "llm" ? { ...values.texts, stream: "false" } : values.texts;
  return requestBody(pipeline, { ...values, texts, files });
}

/** By extension of what came: what is kept, and how it is made small enough for a page. */
const kinds: Readonly<Record<string, { readonly extension: string; readonly args: readonly string[] }>> = {
  ".png": { extension: ".jpg", args: ["-vf", "scale='min(1024,iw)':-2", "-q:v", "5"] },
  ".mp4": {
    extension: ".mp4",
    args: ["-vf", "scale=512:-2", "-crf", "30", "-preset", "slow", "-movflags", "+faststart"],
  },
  ".wav": { extension: ".wav", args: ["-c", "copy"] },
};

/** Writes the answer's media beside it. */
async function keepMedia(name: string, url: string, scratch: string): Promise<void> {
  const came = extname(new URL(url).pathname);
  const kind = kinds[came];
  if (kind === undefined) throw new Error(`${name} answered with ${came}`);
  const raw = join(scratch, `${name}${came}`);
  await writeFile(raw, Buffer.from(await (await fetch(url)).arrayBuffer()));
  const out = join(results, `${name}${kind.extension}`);
  await promisify(execFile)("ffmpeg", ["-v", "error", "-y", "-i", raw, ...kind.args, out]);
}

/** The best of an answer's masks, with every fourth point of every fourth row. */
function smallMasks(value: Value): Value {
  if (typeof value["masks"] !== "string") return value;
  const scores = numbersOf(String(value["scores"]));
  const best = Math.max(0, scores.indexOf(Math.max(...scores)));
  const mask = masksOf(value["masks"])[best];
  if (mask === undefined) throw new Error("the model found nothing in the example");
  const every = 4;
  const rows = Array.from({ length: Math.floor(mask.height / every) }, (_, y) =>
    Array.from({ length: Math.floor(mask.width / every) }, (_, x) => Number(mask.inside[(y * mask.width + x) * every])),
  );
  return { ...value, masks: JSON.stringify([rows]), scores: JSON.stringify([scores[best]]) };
}

const scratch = await mkdtemp(join(tmpdir(), "livepeer-examples-"));
const network = new LocalNetwork({
  folder: join(scratch, "network"),
  ports: await findFreePorts(),
  blockTimeSec: 0.5,
  onStep: () => {},
  aiModels: () => referenceModels(),
});
try {
  await mkdir(results, { recursive: true });
  await network.start();
  await network.stopPublisher();
  const models = await offeredModels(network);
  for (const pipeline of aiPipelines.filter(({ name }) => asked.size === 0 || asked.has(name))) {
    const { name } = pipeline;
    const modelId = models.find((model) => model.pipeline === name)?.modelId ?? "";
    const body = await exampleBody(pipeline, modelId);
    const answer = await fetch(`${network.platformUrl}/api/beta/generate/${name}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${network.apiKey}`,
        ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
      },
      body,
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    const value = (await answer.json()) as Value;
    for (const { url } of [...(value.images ?? []), ...(value.audio === undefined ? [] : [value.audio])].slice(0, 1)) {
      await keepMedia(name, url, scratch);
    }
    // the page has them under addresses of its own; a mask's raw numbers are shown nowhere
    const { images, audio, logits: _logits, ...rest } = smallMasks(value);
    const kept = {
      ...rest,
      ...(images === undefined ? {} : { images: images.slice(0, 1).map(({ url: _url, ...image }) => image) }),
      ...(audio === undefined ? {} : { audio: {} }),
    };
    const text = `${JSON.stringify({ modelId, value: kept })}\n`;
    await writeFile(join(results, `${name}.json`), text);
    console.log(`${name} ${modelId} ${text.length} bytes`);
  }
} finally {
  await network.stop();
  await rm(scratch, { recursive: true, force: true });
}
