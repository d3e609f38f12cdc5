import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Metrics, noMetrics } from "@livepeer-ts/kernel";
import { afterEach, describe, expect, it } from "vitest";
import { startAiWorld, type WorldModel } from "../support/ai-world.ts";
import { type StubAnswer, type StubRunner, startStubRunner, stubPng } from "../support/stub-runner.ts";
import { until } from "../support/until.ts";
import { silence } from "../support/wav.ts";

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function runner(answer?: StubAnswer): Promise<StubRunner> {
  const started = await startStubRunner(answer);
  open.push(started);
  return started;
}

async function world(...args: Parameters<typeof startAiWorld>) {
  const started = await startAiWorld(...args);
  open.push(started);
  return started;
}

const model = (pipeline: string, { url }: { url: string }, more: Partial<WorldModel> = {}): WorldModel => ({
  pipeline,
  modelId: "m",
  url,
  ...more,
});

function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", ...(init.headers as Record<string, string>) };
  return fetch(url, { ...init, method: "POST", headers, body: JSON.stringify(body) });
}

function form(fields: Record<string, string | Uint8Array>): RequestInit {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    body.set(name, typeof value === "string" ? value : new Blob([new Uint8Array(value)]));
  }
  return { method: "POST", body };
}

const picture = { prompt: "a heart", model_id: "m" };

const sends =
  (body: string): StubAnswer =>
  (_call, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
    return true;
  };

describe("AI jobs through a gateway and an orchestrator", () => {
  it("come back from every pipeline, with media that resolve", async () => {
    const stub = await runner();
    const network = await world([
      [
        "text-to-image",
        "image-to-image",
        "image-to-video",
        "upscale",
        "audio-to-text",
        "segment-anything-2",
        "llm",
        "image-to-text",
        "text-to-speech",
      ].map((pipeline) => model(pipeline, stub)),
    ]);
    const call = async (path: string, init: RequestInit) => {
      const answer = await fetch(`${network.url}${path}`, init);
      expect(answer.status, path).toBe(200);
      return answer.json();
    };
    const jsonCall = (path: string, body: unknown) =>
      call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

    const media: string[] = [];
    media.push((await jsonCall("/text-to-image", picture)).images[0].url);
    media.push((await call("/image-to-image", form({ ...picture, image: stubPng }))).images[0].url);
    media.push((await call("/upscale", form({ ...picture, image: stubPng }))).images[0].url);
    const speech = (await jsonCall("/text-to-speech", { text: "hello", model_id: "m" })).audio.url;
    const video = (await call("/image-to-video", form({ model_id: "m", image: stubPng, fps: "7" }))).images[0].url;
    for (const path of media) {
      const answer = await fetch(`${network.url}${path}`);
      expect(answer.headers.get("content-type")).toBe("image/png");
      expect(Buffer.from(await answer.arrayBuffer()).equals(stubPng)).toBe(true);
    }
    expect(speech).toMatch(/^\/stream\/[0-9a-f]{8}\/[0-9a-f]{8}\.wav$/);
    const film = Buffer.from(await (await fetch(`${network.url}${video}`)).arrayBuffer());
    expect(film.toString("latin1", 4, 8)).toBe("ftyp");

    expect(await call("/audio-to-text", form({ model_id: "m", audio: silence(3) }))).toMatchObject({ text: "hello" });
    const heard = stub.calls.find(({ path }) => path === "/audio-to-text")?.body.toString("latin1");
    expect(heard).toContain('{"duration":"3"}');
    expect(await call("/segment-anything-2", form({ model_id: "m", image: stubPng }))).toMatchObject({ masks: "[]" });
    expect(await call("/image-to-text", form({ model_id: "m", image: stubPng }))).toEqual({ text: "a stub" });

    await until("every job has its record", () => network.records.length === 8);
    const units = Object.fromEntries(network.records.map(({ pipeline, units }) => [pipeline, units]));
    expect(units).toEqual({
      "text-to-image": String(512 * 512),
      "image-to-image": String(64 * 48),
      upscale: String(64 * 48),
      "text-to-speech": "5000",
      "image-to-video": String(576 * 1024 * 25),
      "audio-to-text": "3000",
      "segment-anything-2": String(64 * 48),
      "image-to-text": String(64 * 48),
    });
  });

  it("gives the runner the gateway's defaults, and only fields of the pipeline", async () => {
    const stub = await runner();
    const { url } = await world([[model("text-to-image", stub)]]);
    expect((await post(`${url}/text-to-image`, { ...picture, nonsense: 1 })).status).toBe(200);
    expect(JSON.parse((stub.calls[0]?.body ?? "").toString())).toEqual({
      ...picture,
      height: 512,
      width: 512,
      num_images_per_prompt: 1,
    });
  });

  it("answers later when it is asked to", async () => {
    const stub = await runner();
    const { url } = await world([[model("image-to-video", stub)]]);
    const init = form({ model_id: "m", image: stubPng });
    const accepted = await fetch(`${url}/image-to-video`, { ...init, headers: { prefer: "respond-async" } });
    expect(accepted.status).toBe(202);
    const asked = (await accepted.json()) as { request_id: string };
    expect(asked.request_id).toMatch(/^[0-9a-f]{8}$/);
    let answer: Response | undefined;
    await until("the video is there", async () => {
      answer = await post(`${url}/image-to-video/result`, asked);
      return answer.status === 200;
    });
    expect(await answer?.json()).toMatchObject({ status: "complete", result: { images: [{ seed: 7 }] } });
    expect((await post(`${url}/image-to-video/result`, { request_id: "00000000" })).status).toBe(400);
  });

  it("streams a conversation as it comes, for clients of OpenAI's API too", async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const stub = await runner(async ({ path }, response) => {
      if (path !== "/llm") return false;
      const event = (content: string, finish_reason: string) =>
        response.write(`data: ${JSON.stringify({ choices: [{ index: 0, finish_reason, delta: { content } }] })}\n\n`);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: {"choices":[]}\n\n`);
      event("first", "");
      await held;
      event("last", "stop");
      response.end("data: [DONE]\n\n");
      return true;
    });
    const { url } = await world([[model("llm", stub)]]);
    const messages = [{ role: "user", content: "x" }];
    const answer = await post(`${url}/llm`, { model: "m", messages, stream: true, max_tokens: 5 });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    while (!text.includes("first")) text += new TextDecoder().decode((await reader.read()).value);
    expect(text).not.toContain("last"); // the first word is here while the runner still works
    goOn();
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += new TextDecoder().decode(part.value);
    expect(text).toContain("last");
    expect(text).not.toContain("[DONE]");

    const parts = [{ role: "user", content: [{ type: "text", text: "x" }] }];
    const chat = await post(`${url}/v1/chat/completions`, { model: "m", messages: parts, stream: true });
    expect((await chat.text()).trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(JSON.parse((stub.calls[1]?.body ?? "").toString())).toMatchObject({ messages, max_tokens: 256 });
  });
});

describe("bad AI requests", () => {
  it("are refused as JSON before anybody works", async () => {
    const stub = await runner();
    const { url } = await world([["text-to-image", "image-to-text", "audio-to-text"].map((name) => model(name, stub))]);
    const refused = async (answer: Response, status: number, message: RegExp) => {
      expect(answer.headers.get("content-type")).toBe("application/json");
      const { error } = (await answer.json()) as { error: { message: string; code: string } };
      expect({ status: answer.status, message: error.message }).toEqual({
        status,
        message: expect.stringMatching(message),
      });
      expect(error.code).toMatch(/^[a-z_]+$/);
    };
    await refused(await post(`${url}/text-to-image`, { model_id: "m" }), 400, /^prompt is missing/);
    await refused(await post(`${url}/text-to-image`, { ...picture, width: 5.5 }), 400, /^width must be a whole number/);
    await refused(await post(`${url}/text-to-image`, []), 400, /JSON object/);
    await refused(await fetch(`${url}/text-to-image`), 405, /Method Not Allowed/);
    await refused(await fetch(`${url}/image-to-text`, form({ model_id: "m" })), 400, /^image is missing/);
    const noPicture = form({ model_id: "m", image: Buffer.from("this is no picture at all") });
    await refused(await fetch(`${url}/image-to-text`, noPicture), 400, /no picture/);
    const noSound = form({ model_id: "m", audio: stubPng });
    await refused(await fetch(`${url}/audio-to-text`, noSound), 400, /holds no sound/);
    await refused(
      await post(`${url}/text-to-image`, { ...picture, prompt: "x".repeat(5 * 2 ** 20) }),
      413,
      /larger than/,
    );
    await refused(
      await fetch(`${url}/image-to-text`, form({ model_id: "m", image: Buffer.alloc(100 * 2 ** 20) })),
      413,
      /larger/,
    );
    await refused(await post(`${url}/text-to-image`, { prompt: "x", model_id: "unheard/of" }), 503, /Unavailable/);
    expect(stub.calls).toEqual([]);
    const preflight = await fetch(`${url}/text-to-image`, { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });

  it("pass the runner's own refusal on, and call it once", async () => {
    const stub = await runner();
    const { url } = await world([[model("text-to-image", stub)], [model("text-to-image", stub)]]);
    const answer = await post(`${url}/text-to-image`, { ...picture, prompt: "bad" });
    expect(answer.status).toBe(400);
    expect(stub.calls.length).toBe(1);
  });
});

describe("runners that do not do their job", () => {
  it("are left for another orchestrator, each tried once", async () => {
    const broken = await runner((_call, response) => {
      response.writeHead(500).end("out of memory");
      return true;
    });
    const good = await runner();
    const network = await world([
      [model("llm", broken)],
      [model("llm", broken)],
      [model("llm", good, { isWarm: false })],
    ]);
    const body = { model: "m", messages: [{ role: "user", content: "x" }], stream: false, max_tokens: 5 };
    expect((await post(`${network.url}/llm`, body)).status).toBe(200);
    expect([broken.calls.length, good.calls.length]).toEqual([2, 1]);
    await until("the job has its record", () => network.records.length === 1);
    expect(network.records[0]?.attempts.map(({ error }) => error?.message ?? "done")).toEqual([
      "llm container returned 500: out of memory",
      "llm container returned 500: out of memory",
      "done",
    ]);
    // who failed rests: the next job goes to the one that works, although it is cold
    expect((await post(`${network.url}/llm`, body)).status).toBe(200);
    expect([broken.calls.length, good.calls.length]).toEqual([2, 2]);
  });

  it.each<readonly [string, StubAnswer]>([
    ["garbage", sends("<html>")],
    ["the wrong shape", sends('{"images":[]}')],
    ["no media", sends('{"images":[{"url":"file:///etc/passwd"}]}')],
    [
      "a broken connection",
      (_call, response) => {
        response.destroy();
        return true;
      },
    ],
  ])("end in a reason when they answer %s", async (_name, answer) => {
    const stub = await runner(answer);
    const network = await world([[model("text-to-image", stub)]]);
    const failed = await post(`${network.url}/text-to-image`, picture);
    expect(failed.status).toBe(503);
    expect(await failed.json()).toMatchObject({
      error: { code: "all_failed", reason: expect.stringContaining("failed at 1 tries") },
    });
    expect(stub.calls.length).toBe(1);
    await until("the job has its record", () => network.records.length === 1);
    expect(network.records[0]).toMatchObject({ feeWei: null, error: { code: "all_failed" } });
  });

  it("lose an endless answer at its bound", async () => {
    const stub = await runner(async (_call, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const piece = Buffer.alloc(1 << 20, 0x20);
      while (!response.destroyed) if (!response.write(piece)) await once(response, "drain").catch(() => undefined);
      return true;
    });
    const { url } = await world([[model("image-to-text", stub)]]);
    const answer = await fetch(`${url}/image-to-text`, form({ model_id: "m", image: stubPng }));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { reason: expect.stringContaining("larger than") } });
  });

  it("may die in the middle: the job is done elsewhere", async () => {
    const started = Promise.withResolvers<void>();
    const slow = await runner(() => {
      started.resolve();
      return new Promise(() => {});
    });
    const good = await runner();
    const network = await world([[model("image-to-text", slow)], [model("image-to-text", good, { isWarm: false })]]);
    const answer = fetch(`${network.url}/image-to-text`, form({ model_id: "m", image: stubPng }));
    await started.promise;
    await network.kill(0);
    expect((await answer).status).toBe(200);
    expect(good.calls.length).toBe(1);
    await until("the job has its record", () => network.records.length === 1);
    expect(network.records[0]?.attempts.length).toBe(2);
  });

  it("free their place when the client leaves", async () => {
    const stub = await runner(() => new Promise(() => {}));
    const { url } = await world([[model("image-to-text", stub)]]);
    const left = new AbortController();
    const answer = fetch(`${url}/image-to-text`, { ...form({ model_id: "m", image: stubPng }), signal: left.signal });
    await until("the runner works", () => stub.running === 1);
    left.abort();
    await expect(answer).rejects.toThrow();
    await until("the runner was called off", () => stub.running === 0);
  });
});

describe("many AI jobs at once", () => {
  it("wait in turn, never more at a runner than it takes, and none is lost", async () => {
    const capacity = 8;
    const waiting: (() => void)[] = [];
    let isHeld = true;
    const answer: StubAnswer = async (_call, response) => {
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      response.writeHead(200).end('{"text":"done"}');
      return true;
    };
    const runners = [await runner(answer), await runner(answer), await runner(answer)];
    let waitingJobs = 0;
    const gauge: Metrics["gauge"] = (name, value) => {
      if (name === "livepeer_ai_jobs_waiting") waitingJobs = value;
    };
    const { url } = await world(
      runners.map((stub) => [model("image-to-text", stub, { capacity })]),
      { metrics: { ...noMetrics, gauge } },
    );
    const order: string[] = [];
    const call = async (client: string) => {
      const init = form({ model_id: "m", image: stubPng });
      const result = await fetch(`${url}/image-to-text`, { ...init, headers: { authorization: `Bearer ${client}` } });
      order.push(client);
      await result.text();
      return result.status;
    };
    const greedy = Array.from({ length: 300 }, () => call("greedy"));
    await until("all places are taken", () => waiting.length === 3 * capacity);
    const modest = Array.from({ length: 20 }, () => call("modest"));
    await until("the others wait", () => waitingJobs === 320 - 3 * capacity);
    isHeld = false;
    for (const go of waiting) go();
    const statuses = await Promise.all([...greedy, ...modest]);
    expect(statuses.every((status) => status === 200)).toBe(true);
    for (const stub of runners) expect(stub.mostRunning).toBeLessThanOrEqual(capacity);
    expect(runners.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(320);
    // who asks for little does not stand behind all of those who ask for much
    expect(order.lastIndexOf("modest")).toBeLessThan(100);
  });

  it("say their place in the queue to whoever gave them an id, then that they run", async () => {
    const held: (() => void)[] = [];
    const stub = await runner(async (_call, response) => {
      await new Promise<void>((resolve) => held.push(resolve));
      response.writeHead(200).end('{"text":"done"}');
      return true;
    });
    const { url } = await world([[model("image-to-text", stub)]]);
    const ids = ["first", "second", "third"].map((name) => `job-of-this-test-${name}`);
    const call = (id: string) =>
      fetch(`${url}/image-to-text`, {
        ...form({ model_id: "m", image: stubPng }),
        headers: { "livepeer-job-id": id },
      });
    const ask = async (id: string) => {
      const answer = await fetch(`${url}/ai/jobs/${id}`);
      return { status: answer.status, ...((await answer.json()) as Record<string, unknown>) };
    };
    const stageIs = (id: string, stage: object) =>
      until(`${id} is ${JSON.stringify(stage)}`, async () => {
        const now: Record<string, unknown> = await ask(id);
        return Object.entries(stage).every(([name, value]) => now[name] === value);
      });
    const [one = "", two = "", three = ""] = ids;
    expect(await ask(one)).toMatchObject({ status: 404, error: { code: "unknown_job" } });
    const answers = [call(one)];
    await stageIs(one, { status: 200, state: "running", isWarm: true });
    answers.push(call(two));
    await stageIs(two, { state: "waiting", position: 1, maxWaitMs: 60_000 });
    answers.push(call(three));
    await stageIs(three, { state: "waiting", position: 2 });
    const before = (await ask(two)) as unknown as { waitedMs: number };
    const after = (await ask(two)) as unknown as { waitedMs: number };
    expect(after.waitedMs).toBeGreaterThan(before.waitedMs);
    const taken = await call(two);
    expect([taken.status, await taken.json()]).toMatchObject([409, { error: { code: "job_id_in_use" } }]);
    const bad = await call("short");
    expect([bad.status, await bad.json()]).toMatchObject([400, { error: { code: "bad_job_id" } }]);
    held.shift()?.();
    await stageIs(two, { state: "running" });
    await stageIs(three, { state: "waiting", position: 1 });
    await stageIs(one, { status: 404 });
    for (const _ of [two, three]) {
      await until("it is at the runner", () => held.length > 0);
      held.shift()?.();
    }
    for (const answer of answers) expect((await answer).status).toBe(200);
    for (const id of ids) expect((await ask(id)).status).toBe(404);
    expect((await fetch(`${url}/ai/jobs/${one}`, { method: "POST" })).status).toBe(405);
  });

  it("find an orchestrator's door closed and go to the next", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const stub = await runner();
    const { url } = await world([
      [model("text-to-image", { url: `http://127.0.0.1:${port}` })],
      [model("text-to-image", stub, { isWarm: false })],
    ]);
    expect((await post(`${url}/text-to-image`, picture)).status).toBe(200);
  });
});
