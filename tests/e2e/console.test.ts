import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { aiPipelines } from "@livepeer-ts/execution";
import { rational } from "@livepeer-ts/kernel";
import type { AiCapabilities } from "@livepeer-ts/sdk";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LocalNetwork } from "../../node/src/up/local-network.ts";
import { findFreePorts, type NetworkPorts } from "../../node/src/up/network-ports.ts";
import { startPricedOrchestrator } from "../support/priced-orchestrator.ts";
import { json, type StubAnswer, type StubRunner, startStubRunner, stubPng } from "../support/stub-runner.ts";
import { until } from "../support/until.ts";
import { wav } from "../support/wav.ts";
import { axeViolations, launchBrowser } from "./browser.ts";

const run = promisify(execFile);
const samples = fileURLToPath(new URL("../../layers/09-apps/console/src/samples/", import.meta.url));
/** What the playground never speaks of. */
const protocolWords = /orchestrator|stak(?:e|ing)|ticket|\bround\b|\bLPT\b|blockchain|编排者|质押|彩票|轮次/i;
const modelId = "tiny/stub";
/** A second model of image-to-text. */
const otherModelId = "tiny/stub-2";
const modelCount = aiPipelines.length + 1;
const weiPerUnit = 3n;

let folder = "";
let ports: NetworkPorts;
let network: LocalNetwork;
let browser: Browser;
let runner: StubRunner;
let machine: { stop(): Promise<void> } | undefined;
/** Opened by a test: until then a conversation stands after its first word. */
let goOn: () => void = () => {};
/** Jobs that stand at the runner until a test lets them go. */
const held: (() => void)[] = [];
let isHolding = false;

/** The usual answers, with shapes, sounds and times that can be seen. */
const answer: StubAnswer = async ({ path, body }, response) => {
  if (isHolding && body.includes("hold this")) await new Promise<void>((resolve) => held.push(resolve));
  if (path === "/image-to-text" && body.includes(otherModelId)) {
    json(response, 200, { text: "another stub" });
    return true;
  }
  if (path === "/segment-anything-2") {
    const rows = Array.from({ length: 36 }, (_, y) =>
      Array.from({ length: 64 }, (_, x) => ((x - 32) ** 2 + (y - 18) ** 2 < 150 ? 1 : 0)),
    );
    json(response, 200, { masks: JSON.stringify([rows]), scores: "[0.91]", logits: "[]" });
    return true;
  }
  if (path === "/text-to-speech") {
    json(response, 200, { audio: { url: `data:audio/wav;base64,${tone().toString("base64")}` } });
    return true;
  }
  if (path === "/audio-to-text") {
    const chunks = [
      { timestamp: [0, 1.4], text: "A machine" },
      { timestamp: [1.4, 2.5], text: "heard this." },
    ];
    json(response, 200, { text: "A machine heard this.", chunks });
    return true;
  }
  if (path !== "/llm" || !body.toString().includes("slowly")) return false;
  const breaks = body.toString().includes("break off");
  const event = (content: string, finish_reason: string) =>
    response.write(
      `data: ${JSON.stringify({ id: "c", model: modelId, created: 1, choices: [{ index: 0, finish_reason, delta: { role: "assistant", content } }], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })}\n\n`,
    );
  response.writeHead(200, { "content-type": "text/event-stream" });
  event("One", "");
  await new Promise<void>((resolve) => {
    goOn = resolve;
  });
  if (breaks) {
    response.destroy();
    return true;
  }
  event(" two.", "stop");
  response.end("data: [DONE]\n\n");
  return true;
};

/** A second of a tone. */
function tone(): Buffer {
  return wav(Int16Array.from({ length: 8000 }, (_, i) => Math.round(9000 * Math.sin(i / 4))));
}

async function open(path: string, width = 1440, locale = "en-US"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, locale });
  const page = await context.newPage();
  await page.goto(`${network.platformUrl}/console/${path}`);
  return page;
}

async function capabilities(): Promise<AiCapabilities> {
  return (await (await fetch(`${network.platformUrl}/api/ai/capabilities`)).json()) as AiCapabilities;
}

/** Fills in nothing but what the form has, runs it, and waits for the end. */
async function runForm(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator(".settled").waitFor();
  return page.locator(".result");
}

/** The picture, video or sound is one that the browser could read. */
async function isRead(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const media = document.querySelector(wanted);
    return media instanceof HTMLImageElement
      ? media.complete && media.naturalWidth > 0
      : (media as HTMLMediaElement | null)?.readyState !== undefined && (media as HTMLMediaElement).duration > 0;
  }, selector);
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Puts a machine with every pipeline in the place of the second orchestrator. */
async function addMachine(): Promise<void> {
  const [, second] = network.orchestrators;
  if (second === undefined) throw new Error("there is no second orchestrator");
  network.killOrchestrator(second.address, true);
  const port = ports.orchestrators[1];
  machine = await startPricedOrchestrator(
    [
      ...["-orchestrator", "-orchSecret", "secret", "-network", "devnet", "-ethUrl", network.chainUrl],
      ...["-ethController", network.controller, "-ethAcctAddr", second.address, "-ethPassword", "local-network"],
      ...["-dataDir", second.folder, "-serviceAddr", `127.0.0.1:${port}`, "-pricePerUnit", "380"],
      ...["-maxFaceValue", "20000000000", "-blockPollingInterval", "1"],
    ],
    port,
    [
      ...aiPipelines.map(({ name }) => ({ pipeline: name as string, modelId })),
      { pipeline: "image-to-text", modelId: otherModelId },
    ].map((model) => ({ ...model, url: runner.url, capacity: 2, pricePerUnit: rational(weiPerUnit) })),
  );
  await until("its models are known", async () => (await capabilities()).models.length === modelCount);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-console-"));
  runner = await startStubRunner(answer);
  ports = await findFreePorts();
  network = new LocalNetwork({ folder: join(folder, "network"), ports, blockTimeSec: 0.25, onStep: () => {} });
  browser = await launchBrowser();
  await network.start();
  await network.stopPublisher(); // the machine's cores are for the pages here
}, 120_000);

afterAll(async () => {
  goOn();
  await browser?.close();
  await machine?.stop();
  await network?.stop();
  await runner?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

afterEach(() => {
  isHolding = false;
  for (const go of held.splice(0)) go();
});

describe("the console of a local network", () => {
  it("says how to get a model where no machine has one", async () => {
    const page = await open("");
    await page.getByText("no machine offers a model now", { exact: false }).waitFor();
    expect(page.url()).toMatch(/\/console\/playground\/text-to-image$/);
    expect(await page.getByText("npm run models", { exact: true }).count()).toBe(1);
    expect(await page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Capabilities" }).click();
    await page.getByText("No machine has announced a capability yet", { exact: false }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.context().close();
    await addMachine();
  }, 60_000);

  it("runs every pipeline from its form, shows what came back, its cost and its time", async () => {
    const page = await open("playground/text-to-image");
    const seen: Record<string, () => Promise<void>> = {
      "text-to-image": () => isRead(page, ".result img"),
      "image-to-image": () => isRead(page, ".result img"),
      "image-to-video": () => isRead(page, ".result video"),
      upscale: () => isRead(page, ".result img"),
      "audio-to-text": async () => {
        expect(await page.locator(".result .text").textContent()).toBe("A machine heard this.");
        expect(await page.locator(".chunks li").first().textContent()).toContain("0:00.0 – 0:01.4");
      },
      "segment-anything-2": async () => {
        const inside = await page.locator(".result canvas").evaluate((canvas: HTMLCanvasElement) => {
          const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, 64, 36);
          return data.filter((value, index) => index % 4 === 3 && value > 0).length;
        });
        expect(inside).toBeGreaterThan(400);
        await isRead(page, ".over img");
      },
      llm: async () => expect(await page.locator(".result .text").textContent()).toBe("hello"),
      "image-to-text": async () => expect(await page.locator(".result .text").textContent()).toBe("a stub"),
      "text-to-speech": async () => {
        await isRead(page, ".result audio");
        await page.locator(".wave rect").first().waitFor();
      },
    };
    const calls = runner.calls.length;
    for (const { name } of aiPipelines) {
      await page.locator(`.list a[href$="/${name}"]`).click();
      await page.locator(`.list a[aria-current][href$="/${name}"]`).waitFor();
      await page.locator(".request .about .cost").waitFor(); // files are there and measured
      await page.locator(".result .example").waitFor(); // what came of it once
      const media = ".result img, .result video, .result audio";
      if ((await page.locator(media).count()) > 0) await isRead(page, media);
      const result = await runForm(page);
      await seen[name]?.();
      const settled = (await page.locator(".settled").textContent()) ?? "";
      expect(settled, name).toMatch(/\d+(?:ms|\.\d\ds)/);
      expect(settled, name).toMatch(/[\d.,\u2009]+(?:wei|gwei)/);
      expect(settled, name).toContain(modelId);
      expect(settled, name).toMatch(/[0-9a-f]{8}$/);
      expect(await page.locator(".request .about .cost").textContent(), name).toBe(
        await result.locator(".settled .cost").textContent(),
      );
      expect(await page.locator("body").textContent(), name).not.toMatch(protocolWords);
      expect(await page.locator("body").textContent(), name).not.toMatch(/(?:fields|pipelines|form|result)\.\w/);
      expect(await axeViolations(page), name).toEqual([]);
    }
    expect(runner.calls.length - calls).toBe(aiPipelines.length);
    await page.context().close();
  }, 150_000);

  it("charges what the header says, in dollars too where there is a rate", async () => {
    const page = await open("playground/text-to-image");
    let isEdited: () => void = () => {};
    const edited = new Promise<void>((resolve) => {
      isEdited = resolve;
    });
    await page.route("**/api/ai/capabilities", async (route) => {
      await edited;
      const real = (await (await route.fetch()).json()) as AiCapabilities;
      await route.fulfill({ json: { ...real, weiPerUsd: "200000000" } });
    });
    await page.reload();
    await page.getByRole("textbox", { name: "Prompt" }).fill("a green heart");
    isEdited();
    await page.locator(".request .about .cost").waitFor();
    await runForm(page);
    expect(JSON.parse(runner.calls.at(-1)?.body.toString() ?? "")).toMatchObject({ prompt: "a green heart" });
    // 512 × 512 pixels at 3 wei
    expect(await page.locator(".settled .cost").textContent()).toBe("≈ $0.0039786,432 wei");
    await page.context().close();
  }, 60_000);

  it("shows an answer as it is written, and calls it off", async () => {
    const page = await open("playground/llm");
    await page.getByRole("textbox", { name: "Message 1" }).fill("Count slowly");
    await page.locator(".request .about .cost").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.locator(".result .text").getByText("One", { exact: true }).waitFor();
    expect(await page.locator(".settled").count()).toBe(0);
    goOn();
    await page.locator(".settled").waitFor();
    expect(await page.locator(".result .text").textContent()).toBe("One two.");
    await page.getByText("tokens: 3 in, 2 out").waitFor();
    await page.getByRole("textbox", { name: "Message 1" }).fill("Count slowly and break off");
    await page.keyboard.press("Control+Enter");
    await page.locator(".result .text").getByText("One", { exact: true }).waitFor();
    goOn();
    await page.getByText("The machines that tried this request failed.").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Cancel" }).click();
    await until("the runner is free again", () => {
      goOn();
      return runner.running === 0;
    });
    await page.locator(".result .example").waitFor();
    await page.context().close();
  }, 60_000);

  it("says how many are before a job that waits, and that it runs", async () => {
    isHolding = true;
    const send = (more: Record<string, string> = {}) =>
      fetch(`${network.platformUrl}/api/beta/generate/text-to-image`, {
        method: "POST",
        headers: { authorization: `Bearer ${network.apiKey}`, "content-type": "application/json", ...more },
        body: JSON.stringify({ prompt: "hold this", model_id: modelId }),
      });
    const others = [send(), send()];
    await until("both places are taken", () => held.length === 2);
    const id = "a-job-that-waits-too";
    others.push(send({ "livepeer-job-id": id }));
    await until("the third waits", async () => {
      const stage = (await (await fetch(`${network.platformUrl}/api/ai/jobs/${id}`)).json()) as { state?: string };
      return stage.state === "waiting";
    });
    const page = await open("playground/text-to-image");
    await page.locator(".request .about .cost").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("hold this");
    await page.keyboard.press("Control+Enter");
    await page.getByText("In the queue, 1 before you.").waitFor();
    await page.getByText(/^It waits for \d+ s so far, 60 s at most\.$/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    held.shift()?.();
    await page.getByText("In the queue, nobody before you.").waitFor();
    held.shift()?.();
    await page.locator(".result").getByText("Running.").waitFor();
    await until("the last two are at the runner", () => held.length === 2);
    for (const go of held.splice(0)) go();
    await page.locator(".settled").waitFor();
    for (const other of others) expect((await other).status).toBe(200);
    await page.context().close();
  }, 60_000);

  it("compares two models and settings side by side, by keyboard, and keeps the runs in the browser", async () => {
    const page = await open("playground/image-to-text");
    await page.locator(".request .about .cost").waitFor();
    await page.getByRole("button", { name: "Compare", exact: true }).focus();
    await page.keyboard.press("Enter");
    const second = page.locator(".request.second");
    expect(await second.getByRole("combobox", { name: "Model" }).inputValue()).toBe(otherModelId);
    await second.getByRole("textbox", { name: "Prompt" }).fill("what is it?");
    expect(await second.getByText("differs").count()).toBe(2);
    expect(await axeViolations(page)).toEqual([]);
    const calls = runner.calls.length;
    await page.keyboard.press("Control+Enter");
    const results = page.locator(".result");
    await results.nth(1).locator(".settled").waitFor();
    expect(await results.locator(".text").allTextContents()).toEqual(["a stub", "another stub"]);
    for (const settled of await results.locator(".settled").allTextContents()) {
      expect(settled).toMatch(/^Done\.(?:\d+ms|\d\.\d\ds)[\d.,\u2009]+(?:wei|gwei)tiny\//);
    }
    expect(await results.locator("header").allTextContents()).toEqual(["FirstPrompt –", "SecondPrompt what is it?"]);
    expect(runner.calls.slice(calls).map(({ body }) => body.includes(otherModelId))).toEqual([false, true]);
    expect(await axeViolations(page)).toEqual([]);
    await page.reload();
    await page.locator(".past li").nth(1).waitFor();
    expect(await page.locator(".past .asked").allTextContents()).toEqual([
      `${otherModelId}Picture bunny.jpgPrompt what is it?`,
      `${modelId}Picture bunny.jpg`,
    ]);
    await page.locator(".past li").first().getByRole("button", { name: "Compare" }).click();
    expect(await results.nth(1).locator(".text").textContent()).toBe("another stub");
    expect(runner.calls.length).toBe(calls + 2);
    await page.locator(".past li").first().getByRole("button", { name: "Run again" }).click();
    await page.locator(".past li").nth(2).waitFor();
    expect(await results.count()).toBe(1);
    const again = runner.calls.at(-1)?.body.toString("latin1") ?? "";
    for (const part of ["bunny.jpg", "what is it?", otherModelId]) expect(again).toContain(part);
    await page.getByRole("button", { name: "Forget all" }).click();
    await page.reload();
    await page.locator(".request .about .cost").waitFor();
    expect(await page.locator(".past").count()).toBe(0);
    await page.context().close();
  }, 60_000);

  it("names another model where nobody offers the chosen one", async () => {
    const page = await open("playground/image-to-text?model=classic%2Fdescribe");
    await page.getByText("tiny reference model").waitFor();
    await page.locator(".preview img").waitFor();
    await page.keyboard.press("Control+Enter");
    const alert = page.locator(".result").getByRole("alert");
    await alert.getByText("No machine offers classic/describe now.").waitFor();
    expect(await alert.textContent()).toContain("1 machine offers");
    await alert.getByRole("button", { name: `Use ${modelId}`, exact: true }).click();
    await page.locator(".settled").waitFor();
    expect(await page.getByRole("combobox", { name: "Model" }).inputValue()).toBe(modelId);
    await page.context().close();
  }, 60_000);

  it("writes the request as curl, TypeScript and Python that really run", async () => {
    const env = { ...process.env, LIVEPEER_API_KEY: network.apiKey };
    const page = await open("playground/image-to-text");
    await page.getByRole("textbox", { name: "Prompt" }).fill(`it's "this" & $HOME; \`that\``);
    await page.locator(".request .about .cost").waitFor();
    const curl = (await page.locator(".code pre").textContent()) ?? "";
    const { stdout } = await run("sh", ["-c", curl], { cwd: samples, env });
    expect(JSON.parse(stdout)).toEqual({ text: "a stub" });
    expect(runner.calls.at(-1)?.body.toString("latin1")).toContain(`\r\n\r\nit's "this" & $HOME; \`that\`\r\n`);
    await page.getByRole("tab", { name: "curl" }).focus();
    await page.keyboard.press("ArrowRight");
    const program = join(folder, "call.ts");
    await writeFile(program, (await page.locator(".code pre").textContent()) ?? "");
    const printed = await run(process.execPath, [program], { cwd: samples, env });
    expect(printed.stdout).toContain("a stub");
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { name: "Python" }).getAttribute("aria-selected")).toBe("true");
    const python = async () => {
      await page.getByRole("tab", { name: "Python" }).click();
      const script = join(folder, "call.py");
      await writeFile(script, (await page.locator(".code pre").textContent()) ?? "");
      return run("python3", [script], { cwd: samples, env });
    };
    expect(JSON.parse((await python()).stdout)).toEqual({ text: "a stub" });
    expect(runner.calls.at(-1)?.body.toString("latin1")).toContain(`\r\n\r\nit's "this" & $HOME; \`that\`\r\n`);
    expect(runner.calls.at(-1)?.body.includes(await readFile(join(samples, "bunny.jpg")))).toBe(true);
    await page.goto(`${network.platformUrl}/console/playground/text-to-image`);
    const prompt = `"""quoted""" \\n {braces} ’心’ 🐇`;
    await page.locator(".request .about .cost").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
    await page.getByText(/more settings/).click();
    await page.getByRole("combobox", { name: "Hide what is not safe" }).selectOption("false");
    await page.getByRole("spinbutton", { name: "Weight of the prompt" }).fill("2.5");
    expect(JSON.parse((await python()).stdout).images).toHaveLength(1);
    expect(JSON.parse(runner.calls.at(-1)?.body.toString() ?? "")).toMatchObject({
      ...{ prompt, safety_check: false, guidance_scale: 2.5 },
    });
    await page.getByRole("textbox", { name: "Prompt" }).fill("bad");
    await expect(python()).rejects.toThrow("prompt refused");
    await page.goto(`${network.platformUrl}/console/playground/llm`);
    await page.locator(".request .about .cost").waitFor();
    const chat = (await page.locator(".code pre").textContent()) ?? "";
    expect((await run("sh", ["-c", chat], { env })).stdout).toContain('"finish_reason":"stop"');
    expect((await python()).stdout).toContain('"finish_reason":"stop"');
    await page.context().close();
  }, 60_000);

  it("takes a file of one's own, and a point in it", async () => {
    const page = await open("playground/segment-anything-2");
    await page.locator(".request .about .cost").waitFor();
    await page.locator('input[type="file"]').setInputFiles({ name: "own.png", mimeType: "image/png", buffer: stubPng });
    await page.getByText("own.png", { exact: false }).first().waitFor();
    // 64 × 48 pixels at 3 wei
    await page.locator(".request .about .cost").getByText("9,216").waitFor();
    await page.locator(".pick img").click({ position: { x: 16, y: 12 } });
    const size = await page.locator(".pick img").evaluate((image: HTMLImageElement) => image.clientWidth);
    const point = Math.round((16 / size) * 64);
    await expect.poll(() => page.getByRole("textbox", { name: "Points" }).inputValue()).toContain(`[[${point},`);
    await runForm(page);
    expect(runner.calls.at(-1)?.body.includes(stubPng)).toBe(true);
    expect(runner.calls.at(-1)?.body.toString("latin1")).toContain(`[[${point},`);
    await page.context().close();
  }, 60_000);

  it("says why something did not work, and what to do", async () => {
    const page = await open("playground/text-to-image");
    await page.locator(".request .about .cost").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("bad");
    await page.keyboard.press("Control+Enter");
    const alert = page.locator(".result").getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toContain("The request was refused: prompt refused");
    expect(await alert.textContent()).toContain("INPUT_REFUSED");
    await page.route("**/generate/**", (route) =>
      route.fulfill({ status: 401, json: { error: { code: "unauthorized", message: "no" } } }),
    );
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("textbox", { name: "API key" }).fill(network.apiKey);
    await page.getByRole("button", { name: "Use it" }).click();
    await page.unroute("**/generate/**");
    await page.getByRole("textbox", { name: "Prompt" }).fill("a red heart");
    const sent = page.waitForRequest("**/generate/text-to-image");
    await runForm(page);
    expect((await sent).headers()["authorization"]).toBe(`Bearer ${network.apiKey}`);
    await page.route("**/generate/**", (route) => route.abort());
    await page.keyboard.press("Control+Enter");
    await page.locator(".result").getByText("The server did not answer.").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.context().close();
  }, 60_000);

  it("tells who can do what, at what price and how fast", async () => {
    await until("jobs are counted", async () =>
      (await capabilities()).models.every(({ lastHour }) => lastHour.jobs > 0),
    );
    const page = await open("capabilities");
    await page.getByText("10 models in 9 pipelines can be used now.").first().waitFor();
    expect(await page.locator(".matrix tbody tr").count()).toBe(modelCount);
    const row = page.locator(".matrix tbody tr", { hasText: "Text to image" });
    const cells = await row.locator("td").allTextContents();
    expect(cells.slice(0, 2)).toEqual(["1", "warm"]);
    expect(cells[2]).toMatch(/^[\d.,\u2009]+(?:wei|gwei)\/ Mpx$/);
    expect(cells[3]).toMatch(/\d+ms · \d+ms|\d\.\d\ds/);
    expect(cells[4]).toMatch(/^100\u2009%of \d+$/);
    expect(cells[5]).toBe("2/ 2");
    await page.getByRole("button", { name: "p50" }).click();
    await page.locator('th[aria-sort="descending"]', { hasText: "p50" }).waitFor();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("-latency");
    await row.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await page.locator(".offer").waitFor();
    expect(await page.locator(".offer th").textContent()).toContain(`127.0.0.1:${ports.orchestrators[1]}`);
    expect(await axeViolations(page)).toEqual([]);
    await page.route("**/api/ai/capabilities", (route) => route.abort());
    await page.getByText("The server did not answer.").waitFor({ timeout: 20_000 });
    expect(await page.locator(".matrix tbody tr").count()).toBeGreaterThan(modelCount);
    await row.getByRole("link", { name: "Try it" }).click();
    await page.getByRole("heading", { name: "Text to image" }).waitFor();
    expect(new URL(page.url()).searchParams.get("model")).toBe(modelId);
    await page.context().close();
  }, 60_000);

  it("walks by keyboard, speaks Chinese, has a dark face, and fits a phone", async () => {
    const wide = await open("playground/text-to-image");
    await wide.getByRole("heading", { name: "Text to image", level: 1 }).waitFor();
    await wide.keyboard.press("j");
    await wide.getByRole("heading", { name: "Image to image", level: 1 }).waitFor();
    await wide.keyboard.press("k");
    await wide.getByRole("heading", { name: "Text to image", level: 1 }).waitFor();
    await wide.context().close();
    for (const path of ["playground/segment-anything-2", "capabilities"]) {
      const page = await open(path, 390, "zh-CN");
      await page.locator(path === "capabilities" ? ".matrix" : ".request .about .cost").waitFor();
      if (path !== "capabilities") {
        await page.getByRole("button", { name: "对比", exact: true }).click();
        await page.getByRole("button", { name: "运行两次" }).click();
        await page.locator(".result").nth(1).locator(".settled").waitFor();
      }
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
      expect(await axeViolations(page), path).toEqual([]);
      await page.getByRole("button", { name: "深色或浅色" }).click();
      expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
      expect(await axeViolations(page), path).toEqual([]);
      expect(await page.locator("#main").textContent()).not.toMatch(/[a-z]+\.[a-z]+\.[a-z]+/i);
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("heading", { level: 1, name: /Segment anything|Capabilities/ }).waitFor();
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
      await page.context().close();
    }
  }, 90_000);

  it("says that the machines failed when all of them did", async () => {
    const page = await open("playground/text-to-image");
    await page.locator(".request .about .cost").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("boom");
    await page.keyboard.press("Control+Enter");
    await page.getByText("The machines that tried this request failed.").waitFor();
    expect(await page.locator("body").textContent()).not.toMatch(protocolWords);
    await page.context().close();
  }, 60_000);
});
