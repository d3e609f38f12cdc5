import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NetworkState } from "@livepeer-ts/data";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalNetwork } from "../../node/src/up/local-network.ts";
import { findFreePorts } from "../../node/src/up/network-ports.ts";
import { publishAndPlay } from "../clients/livepeer-sdk.ts";
import { until } from "../support/until.ts";
import { axeViolations, launchBrowser, pictureOf, waitForFrames } from "./browser.ts";

const protocolWords = /orchestrator|stake|staking|ticket|gas|round|wei|LPT|ETH|blockchain|编排者|质押|彩票|轮次/i;

let folder = "";
let network: LocalNetwork;
let browser: Browser;
let watchUrl = "";

const state = async () => (await (await fetch(`${network.platformUrl}/api/network`)).json()) as NetworkState;

async function open(path: string, viewport: { width: number; height: number }, language = "en-US"): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: language });
  const page = await context.newPage();
  await page.goto(path.startsWith("http") ? path : `${network.platformUrl}${path}`);
  return page;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-e2e-"));
  network = new LocalNetwork({
    folder: join(folder, "network"),
    ports: await findFreePorts(),
    blockTimeSec: 0.25,
    onStep: () => {},
  });
  browser = await launchBrowser();
  await network.start();
  watchUrl = `${network.platformUrl}/watch/${network.sample?.playbackId}`;
}, 120_000);

afterAll(async () => {
  const pids = network.pids;
  await browser?.close();
  await network?.stop();
  await rm(folder, { recursive: true, force: true });
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
}, 60_000);

describe("a local network", () => {
  it("plays the stream with its ladder on the viewer's page and never speaks of the protocol there", async () => {
    const page = await open(watchUrl, { width: 1280, height: 800 });
    await waitForFrames(page, 50);
    const before = await pictureOf(page);
    const options = await page.locator(".controls select option").allTextContents();
    expect(options.length).toBe(4);
    const smallest = await page.locator(".controls select option").last().getAttribute("value");
    await page.locator(".controls select").selectOption(smallest ?? "");
    await page.waitForFunction(
      () => (document.querySelector("video") as HTMLVideoElement).videoHeight === 240,
      undefined,
      { timeout: 30_000 },
    );
    const after = await pictureOf(page);
    expect(after.time).toBeGreaterThan(before.time);
    expect(await page.locator("body").textContent()).not.toMatch(protocolWords);
    expect(await page.content()).not.toMatch(/orchestrator|stake|ticket/i);
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("k");
    await page.waitForFunction(() => (document.querySelector("video") as HTMLVideoElement).paused);
    await page.keyboard.press("k");
    await page.waitForFunction(() => !(document.querySelector("video") as HTMLVideoElement).paused);
    await page.keyboard.press("i");
    expect(await page.locator(".figures").textContent()).toContain("Dropped frames");
    await page.context().close();
  }, 120_000);

  it("says so when there is no such video", async () => {
    const page = await open("/watch/nothinghere00000", { width: 800, height: 600 });
    await page.getByText("No video with this id. Check the link.").first().waitFor();
    await page.context().close();
  });

  it("shows the living picture: pieces, machines, payments, round", async () => {
    const page = await open("/", { width: 1440, height: 1000 });
    await waitForFrames(page, 25);
    await until("a ticket is redeemed", async () => (await state()).payments.redeemed > 0, 90_000);
    const now = await state();
    expect(now.payments.paidWei).toBe(now.payments.creditedWei);
    expect(now.stream?.segments.lost).toBe(0);
    await page.locator(".lanes .bar").first().waitFor();
    expect(await page.locator("[data-machine]").count()).toBe(2);
    await page.getByText("equal to the wei", { exact: false }).waitFor();
    const shown = Number(await page.locator(".funnel b").first().textContent());
    expect(shown).toBeGreaterThan(0);
    expect(await axeViolations(page)).toEqual([]);
    // hold a piece with the keyboard, walk, go on
    await page.keyboard.press("ArrowLeft");
    await page.locator(".held").waitFor();
    const first = await page.locator(".held h2").textContent();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(".held h2").textContent()).not.toBe(first);
    await page.keyboard.press("Escape");
    await page.locator(".held").waitFor({ state: "detached" });
    await page.context().close();
  }, 150_000);

  it("speaks Chinese, has a dark face, and fits a phone", async () => {
    const page = await open("/", { width: 390, height: 844 }, "zh-CN");
    await page.getByText("逐段付费").first().waitFor();
    await page.locator(".box.on").first().waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: "深色或浅色" }).click();
    expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText("paid piece by piece").first().waitFor();
    await page.context().close();
  }, 60_000);

  it("loses no piece when a machine is stopped from the page, and the machine comes back to work", async () => {
    const page = await open("/", { width: 1440, height: 1000 });
    await until(
      "both machines have worked",
      async () => (await state()).orchestrators.every((machine) => machine.piecesDelivered > 0),
      60_000,
    );
    await page.getByRole("button", { name: "Stop machine B" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop machine B" }).click();
    await page.locator('[data-machine="B"].gone').waitFor({ timeout: 30_000 });
    await page.locator(".log").getByText("B stopped").first().waitFor();
    expect(await page.locator("#main").textContent()).not.toContain("{{"); // every gap in a sentence is filled
    const delivered = (await state()).orchestrators.find((machine) => machine.label === "B")?.piecesDelivered ?? 0;
    await until(
      "B works again",
      async () =>
        ((await state()).orchestrators.find((machine) => machine.label === "B")?.piecesDelivered ?? 0) > delivered,
      150_000,
    );
    expect((await state()).stream?.segments.lost).toBe(0);
    await page.context().close();
  }, 270_000);

  it("says that it is disconnected when the server is gone, and catches up by itself", async () => {
    const page = await open("/", { width: 1200, height: 900 });
    await page.locator(".box.on").first().waitFor();
    await page.route("**/api/network/events", (route) => route.abort());
    await page.reload({ waitUntil: "domcontentloaded" });
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("Connection to this page lost");
    await page.unroute("**/api/network/events");
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.context().close();
  }, 60_000);

  it("answers the API as Studio does and refuses an unknown stream key at the door", async () => {
    const headers = { authorization: `Bearer ${network.apiKey}` };
    const streams = (await (await fetch(`${network.platformUrl}/api/stream`, { headers })).json()) as {
      id: string;
      isActive: boolean;
    }[];
    expect(streams.find((stream) => stream.id === network.sample?.id)?.isActive).toBe(true);
    expect((await fetch(`${network.platformUrl}/api/stream`)).status).toBe(401);
    expect((await fetch(`${network.platformUrl}/api/playback/nothing`)).status).toBe(404);
    const playback = (await (
      await fetch(`${network.platformUrl}/api/playback/${network.sample?.playbackId}`)
    ).json()) as {
      meta: { source: { hrn: string; url: string }[] };
    };
    const hls = playback.meta.source.find((source) => source.hrn === "HLS (TS)")?.url ?? "";
    expect(await (await fetch(hls)).text()).toContain("#EXT-X-STREAM-INF");
  });

  it("lets the official SDK make a stream that ffmpeg publishes to, reads as active, and plays in every size", async () => {
    await network.stopPublisher(); // two streams are too much for a small machine
    const report = await publishAndPlay({
      apiUrl: `${network.platformUrl}/api`,
      apiKey: network.apiKey,
      rtmpUrl: network.rtmpUrl,
    });
    expect(report.activeBefore).toBe(false);
    expect(report.variants.map(({ width, height }) => `${width}x${height}`)).toEqual([
      "1280x720",
      "640x360",
      "426x240",
    ]);
    for (const variant of report.variants) expect(variant.frames).toBeGreaterThan(60);
    expect(report.inactiveAfterMs).toBeLessThanOrEqual(60_000);
  }, 180_000);
});
