import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Images, lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

const reason = lacking();
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describe.skipIf(reason !== undefined)("the runner's HTTP API", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("image-to-image", { AUTH_TOKEN: "secret", VERSION: "7.8" });
  });
  afterAll(() => runner?.stop());
  const get = (path: string, token = "secret") =>
    fetch(`${runner.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const post = (body: FormData | string, headers: Record<string, string> = {}) =>
    fetch(`${runner.url}/image-to-image`, {
      method: "POST",
      body,
      headers: { authorization: "Bearer secret", ...headers },
    });

  test("says how it is and what it runs on, also with a slash at the end", async () => {
    const facts = { pipeline: "image-to-image", model_id: "tiny/emoji-flow-48" };
    expect(await (await get("/health")).json()).toEqual({ status: "OK" });
    expect(await (await get("/health/")).json()).toEqual({ status: "OK" });
    expect(await (await get("/version")).json()).toEqual({ ...facts, version: "7.8" });
    expect(await (await get("/hardware/info")).json()).toEqual({ ...facts, gpu_info: {} });
    expect(await (await get("/hardware/stats")).json()).toEqual({ ...facts, gpu_stats: {} });
  });

  test("asks for its token", async () => {
    const answer = await get("/health", "other");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await answer.json()).toEqual({ detail: { msg: "Invalid bearer token." } });
    expect((await fetch(`${runner.url}/health`)).status).toBe(401);
  });

  test("refuses paths and methods that it does not have", async () => {
    expect((await get("/llm")).status).toBe(404);
    expect((await get("/image-to-image")).status).toBe(405);
  });

  test("names every field that does not fit", async () => {
    const form = new FormData();
    form.set("strength", "2");
    form.set("num_inference_steps", "many");
    const answer = await post(form);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({
      detail: [
        { loc: ["body", "prompt"], msg: "Field required", type: "missing" },
        { loc: ["body", "image"], msg: "Field required", type: "missing" },
        { loc: ["body", "strength"], msg: "Input should be less than or equal to 1", type: "less_than_equal" },
        { loc: ["body", "num_inference_steps"], msg: "Input should be a valid integer", type: "int_parsing" },
      ],
    });
  });

  test("refuses what is too large, no form, or no picture", async () => {
    const large = new FormData();
    large.set("prompt", "x");
    large.set("image", new Blob([new Uint8Array(50_000_001)]));
    expect((await post(large)).status).toBe(413);
    const wordy = new FormData();
    wordy.set("prompt", "x".repeat(1_000_001));
    wordy.set("image", new Blob(["x"]));
    expect((await post(wordy)).status).toBe(413);
    expect((await post("{}", { "content-type": "application/json" })).status).toBe(415);
    expect((await post("no parts", { "content-type": "multipart/form-data; boundary=x" })).status).toBe(400);
    const form = new FormData();
    form.set("prompt", "x");
    form.set("image", new Blob(["no picture"]));
    const answer = await post(form);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { detail: { msg: string } }).detail.msg).toContain("image is no picture");
  });

  test("refuses another model by its name", async () => {
    const form = new FormData();
    form.set("prompt", "x");
    form.set("image", new Blob(["x"]));
    form.set("model_id", "stabilityai/sdxl-turbo");
    const answer = await post(form);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      detail: { msg: "pipeline configured with tiny/emoji-flow-48 but called with stabilityai/sdxl-turbo." },
    });
  });
});

describe.skipIf(reason !== undefined)("one job at a time", () => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = await startRunner("text-to-image");
  });
  afterAll(() => runner?.stop());
  const long = { prompt: "rocket", num_images_per_prompt: 8, num_inference_steps: 200 };
  const short = { prompt: "rocket", width: 48, height: 48, num_inference_steps: 1, seed: 1 };

  test("four more wait, the rest is sent elsewhere, and those who leave make room", async () => {
    const leave = new AbortController();
    const five = Array.from({ length: 5 }, () =>
      runner.json("/text-to-image", long, leave.signal).catch(() => undefined),
    );
    // asks until the queue is full: what is taken waits behind the five
    let answer: Response;
    const taken: Promise<Response | undefined>[] = [];
    do {
      const next = runner.json("/text-to-image", long, leave.signal);
      const first = await Promise.race([next, ...five]);
      if (first === undefined) throw new Error("a job broke off");
      answer = first;
      taken.push(next.catch(() => undefined));
    } while (answer.status === 200);
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as { detail: { msg: string } }).detail.msg).toContain("4 jobs wait already");
    leave.abort();
    await Promise.all([...five, ...taken]);
    const after = await runner.json("/text-to-image/", short);
    expect(after.status).toBe(200);
    expect(((await after.json()) as Images).images[0]?.seed).toBe(1);
  });

  test("refuses JSON that is none, and a body above 1 MB", async () => {
    const broken = await runner.json("/text-to-image", "{");
    expect(broken.status).toBe(422);
    expect(((await broken.json()) as { detail: { type: string }[] }).detail[0]?.type).toBe("json_invalid");
    expect((await runner.json("/text-to-image", [])).status).toBe(422);
    expect((await runner.json("/text-to-image", { prompt: "x".repeat(1_000_000) })).status).toBe(413);
    expect((await runner.json("/text-to-image", { prompt: "x", loras: '{"a":1}' })).status).toBe(400);
  });

  test("ends when it is asked to", async () => {
    expect(await runner.stop()).toBe(0);
  });
});

describe.skipIf(reason !== undefined)("without weights", () => {
  const empty = mkdtempSync(join(tmpdir(), "livepeer-runner-test-"));
  afterAll(() => rmSync(empty, { recursive: true, force: true }));

  test.each([
    ["llm", "llm"],
    ["audio-to-text", "asr"],
    ["segment-anything-2", "segment"],
  ])("%s is not healthy, says which command helps, and answers no job", async (pipeline, short) => {
    const runner = await startRunner(pipeline, { MODEL_DIR: empty, LIVEPEER_MODELS_DIR: join(empty, "other") });
    const health = (await (await fetch(`${runner.url}/health`)).json()) as Record<string, string>;
    expect(health["status"]).toBe("ERROR");
    expect(health["fix"]).toBe(`npm run models -- --pipelines ${short}`);
    expect(health["problem"]).toContain(`are not in ${empty} and not in ${join(empty, "other")}: `);
    const answer = await runner.json(`/${pipeline}`, {});
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as { detail: { msg: string } }).detail.msg).toContain(
      `npm run models -- --pipelines ${short}`,
    );
    await runner.stop();
  });

  test.each([
    [{ PIPELINE: "" }, "PIPELINE is not set: it must be one of llm, "],
    [{ PIPELINE: "text-to-music" }, "PIPELINE is text-to-music, which this runner does not have"],
    [
      { PIPELINE: "llm", MODEL_ID: "meta-llama/llama-3.1-8B-Instruct" },
      "the model of llm in this runner is SmolLM2-135M-Instruct",
    ],
    [{ PIPELINE: "llm", PORT: "x" }, "PORT is x: it must be 0 to 65535"],
  ])("does not start with %o", (env, sentence) => {
    const { status, stderr } = spawnSync(process.execPath, [main], {
      env: { ...process.env, PORT: "0", MODEL_ID: "", ...env },
      encoding: "utf8",
    });
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

test("the runner's fields are those of the protocol", async () => {
  const { aiPipelines } = await import("../../../layers/03-execution/src/ai/pipelines/ai-pipelines.ts");
  const { fieldSpecs } = await import("../src/jobs/field-spec.ts");
  const { pipelines } = await import("../src/pipelines.ts");
  const ours = new Map(pipelines.map((pipeline) => [pipeline.name, pipeline]));
  expect([...ours.keys()].sort()).toEqual(aiPipelines.map(({ name }) => name as string).sort());
  for (const theirs of aiPipelines) {
    const pipeline = ours.get(theirs.name);
    expect(pipeline?.body, theirs.name).toBe(theirs.body);
    const shape = (fields: readonly { name: string; type: string }[]) =>
      fields.map(({ name, type }) => `${name} ${type}`).sort();
    expect(shape(fieldSpecs[theirs.name as keyof typeof fieldSpecs])).toEqual(shape(theirs.fields));
    for (const field of theirs.fields) {
      const own = pipeline?.fields.find(({ name }) => name === field.name);
      if (field.runnerDefault !== undefined)
        expect(own?.default, `${theirs.name} ${field.name}`).toBe(field.runnerDefault);
    }
  }
});
