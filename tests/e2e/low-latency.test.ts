import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClipPublisher, publishClip } from "@livepeer-ts/media/adapters";
import { makeCounterClip } from "@livepeer-ts/media/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { until } from "../support/until.ts";
import { launchBrowser } from "./browser.ts";

const fps = 25;
const size = { width: 320, height: 180 };
const rendition = { name: "low", width: 256, height: 144, bitrate: 200_000, fps: 0 };

let folder = "";
let browser: Browser;
let publisher: ClipPublisher;
let publishedAt = 0;
let streamUrl = "";
const children: ChildRole[] = [];

/** hls.js in a page of its own, with all lists that it was given. */
type Player = { readonly page: Page; readonly lists: Map<string, string> };

async function play(url: string, isLowLatency: boolean): Promise<Player> {
  const page = await browser.newPage();
  const lists = new Map<string, string>();
  page.on("response", (response) => {
    const path = response.url();
    if (!path.includes(".m3u8")) return;
    response.text().then(
      (text) => lists.set(path, text),
      () => {}, // the page was closed
    );
  });
  await page.setContent('<video muted autoplay playsinline style="width:320px"></video>');
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js") });
  await page.evaluate(
    ({ url, isLowLatency }) => {
      type Player = { loadSource(url: string): void; attachMedia(video: Element): void; nextLevel: number };
      const { Hls } = window as unknown as { Hls: new (config: object) => Player };
      const config = { lowLatencyMode: isLowLatency, maxLiveSyncPlaybackRate: isLowLatency ? 1.5 : 1, startLevel: 1 };
      const hls = new Hls(config);
      const video = document.querySelector("video") as HTMLVideoElement;
      const seen = { stalls: 0, hls };
      Object.assign(window, { seen });
      video.addEventListener("waiting", () => seen.stalls++);
      hls.loadSource(url);
      hls.attachMedia(video);
      hls.nextLevel = 1; // the source has the highest bandwidth
    },
    { url, isLowLatency },
  );
  return { page, lists };
}

/** Number of the frame on screen, read from its picture, and how long ago the publisher was started, seconds. */
async function shownFrame({ page }: Player): Promise<{ frame: number; behindSec: number; width: number }> {
  const shown = await page.evaluate(() => {
    const video = document.querySelector("video") as HTMLVideoElement;
    const canvas = document.createElement("canvas");
    const { videoWidth: width, videoHeight: height } = video;
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.drawImage(video, 0, 0);
    const at = Date.now();
    const row = Math.round(height / 10 + width / 40);
    let frame = 0;
    for (let bit = 0; bit < 12; bit++) {
      const [red = 0] = context.getImageData(Math.round(width / 20 + ((bit + 0.5) * width) / 20), row, 1, 1).data;
      if (red > 127) frame += 2 ** bit;
    }
    return { frame, at, width };
  });
  const behindSec = (shown.at - publishedAt) / 1000 - shown.frame / fps;
  return { frame: shown.frame, behindSec, width: shown.width };
}

const playsBeyond = ({ page }: Player, seconds: number) =>
  page.waitForFunction(
    (least) => (document.querySelector("video") as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames > least,
    seconds * fps,
    { timeout: 40_000 },
  );
const framesOf = ({ page }: Player) =>
  page.evaluate(() => (document.querySelector("video") as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames);
const stallsOf = ({ page }: Player) =>
  page.evaluate(() => (window as unknown as { seen: { stalls: number } }).seen.stalls);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-low-latency-"));
  const clip = join(folder, "clip.mp4");
  await makeCounterClip({ ...size, path: clip, fps, seconds: 60, bitrateBps: 400_000 });
  const ladder = join(folder, "ladder.json");
  await writeFile(ladder, JSON.stringify([rendition]));
  const [service, http, rtmp] = [await freePort(), await freePort(), await freePort()];
  const start = async (name: string, ...args: string[]) => {
    const data = ["-dataDir", join(folder, name)];
    children.push(await ChildRole.start({ name, args: [...args, ...data], logFile: join(folder, `${name}.log`) }));
  };
  await start(
    "orchestrator",
    ...["-orchestrator", "-transcoder", "-serviceAddr", `127.0.0.1:${service}`, "-transcoderPreset", "ultrafast"],
  );
  await start(
    "gateway",
    ...["-gateway", "-orchAddr", `127.0.0.1:${service}`, "-transcodingOptions", ladder],
    ...["-httpAddr", `127.0.0.1:${http}`, "-rtmpAddr", `127.0.0.1:${rtmp}`],
  );
  browser = await launchBrowser();
  streamUrl = `http://127.0.0.1:${http}/stream/clock`;
  publishedAt = Date.now();
  publisher = publishClip({ clip, loop: false, rtmpUrl: `rtmp://127.0.0.1:${rtmp}/live/clock` });
  await until("the ladder is listed", async () =>
    (await (await fetch(`${streamUrl}.m3u8`)).text()).includes("clock/low.m3u8"),
  );
  // a plain player stays three segments behind as soon as there are as many
  await until("four segments are listed", async () =>
    (await (await fetch(`${streamUrl}/source.m3u8`)).text()).includes("/source/3.ts"),
  );
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop();
  await Promise.all(children.map((child) => child.stop()));
  await rm(folder, { recursive: true, force: true });
}, 60_000);

describe("low latency", () => {
  it("brings the source to hls.js in less than half the time of plain HLS, without a stall; plain players see nothing of it", async () => {
    const [soon, plain] = await Promise.all([
      play(`${streamUrl}.m3u8?latency=low`, true),
      play(`${streamUrl}.m3u8`, false),
    ]);
    await Promise.all([playsBeyond(soon, 4), playsBeyond(plain, 4)]);
    const stallsBefore = await stallsOf(soon);
    const from = await framesOf(soon);
    const behind: { soon: number; plain: number }[] = [];
    for (let i = 1; i <= 4; i++) {
      await playsBeyond(soon, from / fps + i);
      const [a, b] = await Promise.all([shownFrame(soon), shownFrame(plain)]);
      expect([a.width, b.width]).toEqual([size.width, size.width]);
      behind.push({ soon: a.behindSec, plain: b.behindSec });
    }
    console.info("seconds behind the publisher", JSON.stringify(behind));
    for (const seconds of behind) expect(seconds.soon).toBeLessThan(seconds.plain / 2);
    expect((await stallsOf(soon)) - stallsBefore).toBe(0);

    const listsOf = (player: Player) => [...player.lists].filter(([url]) => url.includes("/clock/"));
    expect(listsOf(plain).length).toBeGreaterThan(0);
    for (const [url, text] of plain.lists) {
      expect(url).not.toContain("latency=low");
      expect(text).not.toMatch(/EXT-X-(PART|SERVER-CONTROL|PRELOAD-HINT|RENDITION-REPORT|PROGRAM-DATE-TIME)/);
    }
    expect(listsOf(soon).some(([url]) => /latency=low.*_HLS_msn=\d+.*_HLS_part=\d/.test(url))).toBe(true);
    await plain.page.close();

    // the renditions have the same form, so that a player can change over
    const before = (await shownFrame(soon)).frame;
    await soon.page.evaluate(() => {
      (window as unknown as { seen: { hls: { nextLevel: number } } }).seen.hls.nextLevel = 0;
    });
    await soon.page.waitForFunction(
      (width) => (document.querySelector("video") as HTMLVideoElement).videoWidth === width,
      rendition.width,
      { timeout: 30_000 },
    );
    await playsBeyond(soon, (await framesOf(soon)) / fps + 2);
    const after = await shownFrame(soon);
    expect(after.frame).toBeGreaterThan(before);
    expect(listsOf(soon).some(([url, text]) => url.includes("/clock/low.m3u8") && text.includes("EXT-X-PART:"))).toBe(
      true,
    );
    await soon.page.close();
  }, 120_000);

  it("answers who waits when the stream ends", async () => {
    const list = await (await fetch(`${streamUrl}/source.m3u8?latency=low`)).text();
    const msn = Number(/MEDIA-SEQUENCE:(\d+)/.exec(list)?.[1]) + (list.match(/#EXTINF/g)?.length ?? 0);
    const waiting = fetch(`${streamUrl}/source.m3u8?latency=low&_HLS_msn=${msn + 1}`);
    await publisher.stop();
    const answer = await waiting;
    expect([answer.status, (await answer.text()).endsWith("#EXT-X-ENDLIST\n")]).toEqual([200, true]);
  });
});
