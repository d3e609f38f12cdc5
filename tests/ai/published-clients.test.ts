import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasPublishedClients, publishedClient } from "../clients/published-client.ts";
import { type AiWorld, startAiWorld } from "../support/ai-world.ts";
import { type StubRunner, startStubRunner, stubPng } from "../support/stub-runner.ts";
import { silence } from "../support/wav.ts";

const root = join(import.meta.dirname, "..", "..");
const python = join(root, ".tools", "python-client");
const hasPython = existsSync(join(python, "ready"));
if (!hasPython || !hasPublishedClients) process.stderr.write("SKIPPED: published clients; npm test installs them\n");

/** Routes of the pipelines by the name that both SDKs have for them, in the order in which they are called. */
const pipelines = {
  textToImage: "text-to-image",
  imageToImage: "image-to-image",
  upscale: "upscale",
  imageToVideo: "image-to-video",
  audioToText: "audio-to-text",
  imageToText: "image-to-text",
  segmentAnything2: "segment-anything-2",
  textToSpeech: "text-to-speech",
  llm: "llm",
} as const;
const url = expect.stringMatching(/^\/stream\/[0-9a-f]{8}\/[0-9a-f]{8}\.(png|mp4|wav)$/);
const images = { images: [{ url, seed: 7, nsfw: false }] };
const message = { role: "assistant", content: "hi" };
/** What the stub runner says, as the SDKs must have read it; names of members as in JSON. */
const answers: Readonly<Record<keyof typeof pipelines, unknown>> = {
  textToImage: images,
  imageToImage: images,
  upscale: images,
  imageToVideo: images,
  audioToText: { text: "hello", chunks: [{ timestamp: [0, 1], text: "hello" }] },
  imageToText: { text: "a stub" },
  segmentAnything2: { masks: "[]", scores: "[]", logits: "[]" },
  textToSpeech: { audio: { url } },
  llm: expect.objectContaining({ model: "m", choices: [expect.objectContaining({ message })] }),
};

type Call = (request: Record<string, unknown>) => Promise<Record<string, unknown>>;
type AiModule = {
  Livepeer: new (options: {
    httpBearer: string;
    serverURL: string;
  }) => { readonly generate: Readonly<Record<keyof typeof pipelines, Call>> };
};
type OpenAiModule = {
  default: new (options: {
    apiKey: string;
    baseURL: string;
    maxRetries: number;
  }) => {
    readonly models: {
      list(): Promise<{ readonly data: readonly { readonly id: string }[] }>;
      retrieve(id: string): Promise<{ readonly id: string }>;
    };
    readonly chat: {
      readonly completions: {
        create(
          request: object & { stream: true },
        ): Promise<AsyncIterable<{ choices: { delta: { content: string } }[] }>>;
        create(request: object): Promise<{ choices: { message: { content: string } }[]; usage: object }>;
      };
    };
  };
};

describe.skipIf(!hasPython || !hasPublishedClients)("published clients, unmodified, at a gateway", () => {
  let world: AiWorld;
  let runner: StubRunner;
  let calls: readonly string[] = [];
  let folder: string;
  const sound = silence(1);

  beforeAll(async () => {
    runner = await startStubRunner();
    world = await startAiWorld([
      Object.values(pipelines).map((pipeline) => ({ pipeline, modelId: "m", url: runner.url })),
    ]);
    folder = await mkdtemp(join(tmpdir(), "livepeer-published-clients-"));
    await writeFile(join(folder, "p.png"), stubPng);
    await writeFile(join(folder, "s.wav"), sound);
  });
  beforeEach(() => {
    calls = runner.calls.map(({ path }) => path);
  });
  afterAll(async () => {
    await world?.stop();
    await runner?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Paths of the runner since the test began. */
  const called = () => runner.calls.slice(calls.length).map(({ path }) => path);

  it("npm @livepeer/ai calls every pipeline and reads every answer and refusal", async () => {
    const { Livepeer } = await publishedClient<AiModule>("@livepeer/ai");
    const { generate } = new Livepeer({ httpBearer: "any", serverURL: world.url });
    const modelId = "m";
    const image = new Blob([stubPng], { type: "image/png" });
    const results = {
      textToImage: (await generate.textToImage({ prompt: "a heart", modelId }))["imageResponse"],
      imageToImage: (await generate.imageToImage({ prompt: "a heart", image, modelId }))["imageResponse"],
      upscale: (await generate.upscale({ prompt: "", image, modelId }))["imageResponse"],
      imageToVideo: (await generate.imageToVideo({ image, modelId }))["videoResponse"],
      audioToText: (await generate.audioToText({ audio: new Blob([new Uint8Array(sound)]), modelId }))["textResponse"],
      imageToText: (await generate.imageToText({ image, modelId }))["imageToTextResponse"],
      segmentAnything2: (await generate.segmentAnything2({ image, modelId }))["masksResponse"],
      textToSpeech: (await generate.textToSpeech({ text: "hello", modelId }))["audioResponse"],
      llm: (await generate.llm({ messages: [{ role: "user", content: "hi" }], model: modelId }))["llmResponse"],
    };
    expect(results).toEqual(answers);
    expect(called()).toEqual(Object.values(pipelines).map((name) => `/${name}`));
    const picture = (results.textToImage as { images: { url: string }[] }).images[0]?.url ?? "";
    const bytes = await (await fetch(new URL(picture, world.url))).arrayBuffer();
    expect(Buffer.from(bytes).equals(stubPng)).toBe(true);

    await expect(generate.textToImage({ prompt: "bad", modelId })).rejects.toMatchObject({
      name: "HTTPError",
      detail: { msg: expect.stringContaining("prompt refused") },
    });
    await expect(generate.textToImage({ prompt: "a heart", modelId: "nobody" })).rejects.toMatchObject({
      statusCode: 503,
      body: expect.stringContaining("nobody"),
    });
  });

  it("PyPI livepeer-ai calls every pipeline and reads every answer and refusal", async () => {
    const script = join(root, "tests", "clients", "python", "ai_client.py");
    const args = [script, world.url, join(folder, "p.png"), join(folder, "s.wav")];
    const { stdout } = await promisify(execFile)(join(python, "bin", "python"), args, { timeout: 50_000 });
    const seen = JSON.parse(stdout);
    expect(seen.answers).toEqual(answers);
    expect(seen.refusals).toEqual({ refused: expect.stringContaining("prompt refused"), nobody: 503 });
    expect(called().slice(0, 9)).toEqual(Object.values(pipelines).map((name) => `/${name}`));
  });

  it("OpenAI's client holds conversations with the gateway as its base URL", async () => {
    const { default: OpenAI } = await publishedClient<OpenAiModule>("openai");
    const client = new OpenAI({ apiKey: "any", baseURL: `${world.url}/v1`, maxRetries: 0 });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["m"]);
    expect(await client.models.retrieve("m")).toMatchObject({ id: "m", object: "model" });
    await expect(client.models.retrieve("x/y")).rejects.toMatchObject({ status: 404, code: "model_not_found" });

    const request = { model: "m", messages: [{ role: "user", content: "hi" }] };
    const answer = await client.chat.completions.create(request);
    expect(answer.choices[0]?.message.content).toBe("hi");
    expect(answer.usage).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 });
    const pieces: string[] = [];
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      pieces.push(choices[0]?.delta.content ?? "");
    }
    expect(pieces).toEqual(["he", "llo"]);
    await expect(client.chat.completions.create({ model: "m" })).rejects.toMatchObject({ status: 400 });
    await expect(client.chat.completions.create({ ...request, model: "nobody" })).rejects.toMatchObject({
      status: 503,
    });
  });
});
