import { afterEach, describe, expect, it } from "vitest";
import { startAiWorld, type WorldModel, worldSecret } from "../support/ai-world.ts";
import { type StubAnswer, type StubRunner, startStubRunner, stubPng } from "../support/stub-runner.ts";
import { until } from "../support/until.ts";

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function runner(answer?: StubAnswer) {
  const started = await startStubRunner(answer);
  open.push(started);
  return started;
}

/** One orchestrator with these workers, all of them registered. */
async function world(workers: readonly (readonly WorldModel[])[]) {
  const started = await startAiWorld([{ workers }]);
  open.push(started);
  await until("the workers have come", () => started.workerCount(0) === workers.length);
  return started;
}

const model = (pipeline: string, { url }: { url: string }, capacity = 1): WorldModel => ({
  ...{ pipeline, modelId: "m", url, capacity },
});

const pictureForm = (): RequestInit => {
  const body = new FormData();
  body.set("image", new Blob([stubPng], { type: "image/png" }), "in.png");
  body.set("prompt", "x");
  body.set("model_id", "m");
  return { method: "POST", body };
};

const chat = (stream: boolean): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }], stream, max_tokens: 5 }),
});

describe("AI workers on other machines", () => {
  it("get the job with its media and bring back what came of it", async () => {
    const stub = await runner();
    const { url } = await world([
      ["image-to-image", "image-to-text", "llm", "text-to-speech"].map((name) => model(name, stub)),
    ]);
    const picture = (await (await fetch(`${url}/image-to-image`, pictureForm())).json()) as {
      images: { url: string }[];
    };
    const bytes = await (await fetch(`${url}${picture.images[0]?.url}`)).arrayBuffer();
    expect(Buffer.from(bytes).equals(stubPng)).toBe(true);
    expect(stub.calls[0]?.body.includes(stubPng)).toBe(true);
    expect(await (await fetch(`${url}/image-to-text`, pictureForm())).json()).toEqual({ text: "a stub" });
    expect(await (await fetch(`${url}/llm`, chat(false))).json()).toMatchObject({
      choices: [{ message: { content: "hi" } }],
    });
    const events = await (await fetch(`${url}/llm`, chat(true))).text();
    expect(events.match(/"content":"\w+"/g)).toEqual(['"content":"he"', '"content":"llo"']);
  });

  it("give their runner's refusal back to the client", async () => {
    const stub = await runner((_call, response) => {
      response.writeHead(413, { "content-type": "application/json" }).end('{"detail":{"msg":"file too large"}}');
      return true;
    });
    const { url } = await world([[model("image-to-text", stub)]]);
    const answer = await fetch(`${url}/image-to-text`, pictureForm());
    expect([answer.status, await answer.json()]).toMatchObject([413, { error: { message: ": file too large" } }]);
  });

  it("lose their job to another worker when their machine goes away", async () => {
    const started = Promise.withResolvers<void>();
    const stuck = await runner(() => {
      started.resolve();
      return new Promise(() => {});
    });
    const good = await runner();
    const network = await world([[model("image-to-text", stuck, 2)], [model("image-to-text", good)]]);
    const answer = fetch(`${network.url}/image-to-text`, pictureForm());
    await started.promise;
    await network.killWorker(0, 0);
    expect((await answer).status).toBe(200);
    expect([stuck.calls.length, good.calls.length]).toEqual([1, 1]);
    expect(network.workerCount(0)).toBe(1);
  });

  it("keep the job that loads their model: what they offer is told anew when they are idle", async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const stub = await runner(async () => {
      started.resolve();
      await release.promise;
      return false;
    });
    let looks = 0;
    let isLoaded = false;
    const loading: WorldModel = {
      ...model("image-to-text", stub),
      get isWarm() {
        looks++;
        return isLoaded;
      },
    };
    const { url } = await world([[loading]]);
    const answer = fetch(`${url}/image-to-text`, pictureForm());
    await started.promise;
    isLoaded = true;
    const before = looks;
    await until("the worker has looked at its models a few times", () => looks > before + 6);
    release.resolve();
    expect((await answer).status).toBe(200);
    expect(stub.calls.length).toBe(1);
  });

  it("share the jobs, and never get more than they take", async () => {
    const slow: StubAnswer = async (_call, response) => {
      await new Promise((resolve) => setImmediate(resolve));
      response.writeHead(200).end('{"text":"done"}');
      return true;
    };
    const stubs = [await runner(slow), await runner(slow), await runner(slow)];
    const { url } = await world(stubs.map((stub) => [model("image-to-text", stub, 2)]));
    const answers = await Promise.all(Array.from({ length: 60 }, () => fetch(`${url}/image-to-text`, pictureForm())));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200));
    for (const stub of stubs) {
      expect(stub.mostRunning).toBeLessThanOrEqual(2);
      expect(stub.calls.length).toBeGreaterThan(5);
    }
  });

  it("take a thousand jobs at once; when one dies its jobs go to the others, and what cannot go there says why", {
    timeout: 180_000,
  }, async () => {
    const capacity = 8;
    const waiting: (() => void)[] = [];
    let isHeld = true;
    const talking = Promise.withResolvers<void>();
    const answer: StubAnswer = async ({ path }, response) => {
      if (path === "/llm") {
        const choices = [{ index: 0, finish_reason: "", delta: { role: "assistant", content: "so" } }];
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: ${JSON.stringify({ id: "c", model: "m", created: 1, usage: {}, choices })}\n\n`);
        talking.resolve();
        return true;
      }
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      response.writeHead(200).end('{"text":"done"}');
      return true;
    };
    const stubs = [await runner(answer), await runner(answer), await runner(answer)];
    const [first] = stubs as [StubRunner, StubRunner, StubRunner];
    const network = await world(
      stubs.map((stub) => [model("image-to-text", stub, capacity), ...(stub === first ? [model("llm", stub)] : [])]),
    );
    const conversation = fetch(`${network.url}/llm`, chat(true));
    await talking.promise;
    const calls = Array.from({ length: 1000 }, async () => {
      const result = await fetch(`${network.url}/image-to-text`, pictureForm());
      return [result.status, await result.text()];
    });
    await until("every place is taken", () => waiting.length === 3 * capacity);
    await network.killWorker(0, 0);
    isHeld = false;
    for (const go of waiting) go();
    for (const result of await Promise.all(calls)) expect(result).toEqual([200, '{"text":"done"}\n']);
    for (const stub of stubs) expect(stub.mostRunning).toBeLessThanOrEqual(stub === first ? capacity + 1 : capacity);
    expect(stubs.slice(1).reduce((sum, stub) => sum + stub.calls.length, 0)).toBe(1000);
    const events = (await (await conversation).text()).trim().split("\n\n");
    expect(JSON.parse((events.at(-1) ?? "").slice(6))).toMatchObject({
      error: { code: "stream_broken", message: expect.stringContaining("broke off") },
    });
  });

  it("are believed only with the secret", async () => {
    const stub = await runner();
    const { orchestratorUrls } = await world([[model("llm", stub)]]);
    const bring = async (header: Record<string, string>) => {
      const answer = await fetch(`${orchestratorUrls[0]}/aiResults`, { method: "POST", headers: header, body: "x" });
      return [answer.status, (await answer.text()).trim()];
    };
    const good = { authorization: "Livepeer-AI-Worker-1.0", credentials: worldSecret, taskid: "0" };
    expect(await bring({ ...good, credentials: "guess" })).toEqual([401, "Unauthorized"]);
    expect(await bring({ ...good, authorization: "Bearer x" })).toEqual([401, "Unauthorized"]);
    expect((await bring({ ...good, "content-type": "text/html" }))[0]).toBe(415);
    const error = { ...good, "content-type": "livepeer/ai-worker-error" };
    expect(await bring({ ...error, taskid: "none" })).toEqual([400, "Invalid Task ID"]);
    expect(await bring({ ...error, taskid: "999" })).toEqual([200, "OK"]);
  });
});
