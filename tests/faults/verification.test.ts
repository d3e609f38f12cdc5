import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type MediaSegment, probeSegment } from "@livepeer-ts/media";
import { cutClip, ffmpeg } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { causalChain } from "../../node/src/records/causal-chain.ts";
import { describeRecord } from "../../node/src/records/describe-record.ts";
import { openRecords } from "../../node/src/records/open-records.ts";
import { until } from "../support/until.ts";
import type { CheatName } from "./cheating-orchestrator.ts";
import { ladder } from "./off-chain-network.ts";
import { VerifiedNetwork } from "./verified-network.ts";

const main = new URL("../../node/src/main.ts", import.meta.url).pathname;
const bunny = new URL("../../layers/02-media/assets/bunny-720p.mp4", import.meta.url).pathname;
const segmentCount = 2;
/** Longer than it is: who is late by a busy machine is waited for. */
const saidDurationMs = "10000";
/** PSNR of every frame of an honest rendition against its source is above this, dB; that of other pictures is far below. */
const honestPsnr = 20;

let folder: string;
let network: VerifiedNetwork;
let sources: readonly MediaSegment[];
/** All sources in one file. */
let original: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-verification-"));
  const clip = join(folder, "clip.mp4");
  const encode = [
    "-vf",
    "scale=426:240",
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-g",
    "50",
    "-c:a",
    "aac",
    "-ac",
    "2",
  ];
  await ffmpeg(["-v", "error", "-stream_loop", "1", "-t", "4", "-i", bunny, ...encode, clip]);
  sources = (await cutClip({ path: clip })).slice(0, segmentCount);
  expect(sources).toHaveLength(segmentCount);
  original = join(folder, "original.ts");
  for (const { bytes } of sources) await appendFile(original, bytes);
  network = await VerifiedNetwork.start(folder);
}, 60_000);

afterAll(async () => {
  await network?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

/** Who asks for verification: nobody, the access webhook, or the publisher itself. */
type Asked = "nobody" | "webhook" | "header";

async function push(
  stream: string,
  asked: Asked,
  more: Readonly<Record<string, string>> = {},
  gatewayUrl = network.gatewayUrl,
): Promise<void> {
  const own =
    asked === "header"
      ? {
          "livepeer-transcode-configuration": JSON.stringify({ manifestID: "", profiles: ladder, verificationFreq: 1 }),
        }
      : {};
  for (const { seqNo, bytes } of sources) {
    const answer = await fetch(`${gatewayUrl}/live/${stream}/${seqNo}.ts`, {
      method: "PUT",
      headers: { "content-duration": saidDurationMs, "content-resolution": "426x240", ...own, ...more },
      body: new Uint8Array(bytes),
    });
    expect(`${answer.status} ${await answer.text()}`).toBe("200 ");
  }
}

/** Frames of all sources together. */
const sourceFrames = () => sources.reduce((sum, { bytes }) => sum + probeSegment(bytes, "mpegts").videoFrameCount, 0);

/** Similarity of what a player gets with the source, dB, for each rendition from its first to its last frame. */
async function seenByPlayer(stream: string): Promise<number[]> {
  return Promise.all(
    ladder.map(async ({ name, width, height }) => {
      const list = await (await fetch(`${network.gatewayUrl}/stream/${stream}/${name}.m3u8`)).text();
      const uris = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expect(uris).toHaveLength(segmentCount);
      const played = join(folder, `${stream}-${name}.ts`);
      for (const uri of uris) {
        const answer = await fetch(new URL(uri, `${network.gatewayUrl}/stream/${stream}/`));
        await appendFile(played, new Uint8Array(await answer.arrayBuffer()));
      }
      const shown = ["-show_entries", "stream=width,height,nb_read_frames", "-of", "csv=p=0:nk=1"];
      const probe = ["-v", "error", "-count_frames", "-select_streams", "v:0", ...shown, played];
      const { stdout } = await promisify(execFile)("ffprobe", probe);
      expect(stdout.trim().split("\n")[0]).toBe(`${width},${height},${sourceFrames()}`);
      const compare = `[0:v]scale=${width}:${height}[a];[a][1:v]psnr`;
      const { stderr } = await ffmpeg(["-i", original, "-i", played, "-lavfi", compare, "-f", "null", "-"]);
      return Number(/min:([\d.]+|inf)/.exec(stderr)?.[1] ?? 0);
    }),
  );
}

/** What `livepeer explain segment` prints once the segment's records are on the disk, without a process for each. */
async function explain(stream: string, seqNo: number, gateway = "gateway"): Promise<string> {
  let text = "";
  await until("the segment's last record is on the disk", async () => {
    text = await explained(stream, seqNo, gateway);
    return text.includes("delivered by");
  });
  return text;
}

async function explained(stream: string, seqNo: number, gateway: string): Promise<string> {
  const nodes = openRecords([join(folder, gateway)]);
  try {
    const chain = causalChain(nodes, { kind: "segment", manifestId: stream, seqNo });
    return `${chain.flatMap(describeRecord).join("\n")}\n`;
  } finally {
    for (const node of nodes) await node.close();
  }
}

/** What a stream leaves behind whose first segment is transcoded honestly and whose second is cheated on. */
async function run(cheat: CheatName, asked: Asked = "nobody") {
  const stream = `${asked}-${cheat.replaceAll(/\W+/g, "-")}`;
  network.cheater.cheats.set(stream, cheat);
  if (asked === "webhook") network.verified.add(stream);
  await push(stream, asked);
  const similarity = await seenByPlayer(stream);
  for (const value of similarity) expect(value).toBeGreaterThan(honestPsnr);
  return { second: await explain(stream, 1), cheated: network.cheater.cheated.get(stream) ?? [] };
}

describe("an orchestrator that delivers", () => {
  it.each<[CheatName, RegExp]>([
    ["more pixels", /pixels of low failed \(\d+ pixels are billed, \d+ are there\)/],
    ["a smaller size", /structure of low failed \(its pictures are 160x90 instead of 256x144\)/],
    ["half of the frames", /structure of low failed \(it has \d+ frames where the source gives 50\)/],
    ["another segment", /structure of low failed \(it begins \d\.\d\d s before the source\)/],
    ["black pictures", /pictures of \w+ failed \(its pictures are not the source's/],
    ["another video", /pictures of \w+ failed \(its pictures are not the source's/],
    ["another segment with this one's times", /pictures of \w+ failed \(its pictures are not the source's/],
  ])(
    "%s is found out, named in the record, and seen by no player",
    async (cheat, named) => {
      const { second, cheated } = await run(cheat);
      expect(second).toMatch(named);
      expect(second).toContain(`checks     ${network.cheater.uri}`);
      expect(second).toContain(`delivered by ${network.trustedUri}`);
      expect(cheated).toEqual([1]);
    },
    30_000,
  );
});

describe("of a clip of each segment, an orchestrator that delivers", () => {
  it.each<[CheatName, RegExp]>([
    // a machine that is busy looks at no pictures
    ["nothing", /structure passed, pictures of \w+ (passed|skipped)/],
    ["black pictures", /pictures of \w+ failed \(its pictures are not the source's/],
    ["more than the clip", /structure of low failed \(it has 50 frames where the source gives 25\)/],
  ])(
    "%s is judged by that part",
    async (cheat, named) => {
      const stream = `clip-${cheat.replaceAll(/\W+/g, "-")}`;
      network.cheater.cheats.set(stream, cheat);
      await push(stream, "nobody", { "content-slice-from": "500", "content-slice-to": "1500" });
      const second = await explain(stream, 1);
      expect(second).toMatch(named);
      expect(second).toContain(`delivered by ${cheat === "nothing" ? network.cheater.uri : network.trustedUri}`);
      const list = await (await fetch(`${network.gatewayUrl}/stream/${stream}/low.m3u8`)).text();
      const uris = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const played = await fetch(new URL(uris[1] as string, `${network.gatewayUrl}/stream/${stream}/`));
      const probe = probeSegment(new Uint8Array(await played.arrayBuffer()), "mpegts");
      expect(probe.videoFrameCount).toBe(25);
    },
    30_000,
  );
});

describe("a classifier of the operator's own", () => {
  it("reads source and renditions in the shared folder, and what it calls tampered with is played by nobody", async () => {
    const stream = "classified";
    network.cheater.cheats.set(stream, "black pictures");
    await push(stream, "nobody", {}, network.classifiedUrl);
    const second = await explain(stream, 1, "classified");
    expect(second).toMatch(/classifier of \w+ failed \(Tampered/);
    expect(second).toContain(`delivered by ${network.trustedUri}`);
    expect(network.judgements.map(({ failed, tampered }) => failed ?? tampered)).toEqual([
      [false, false],
      [true, true],
      [false, false],
    ]);
    for (const { source, renditions } of network.judgements) {
      const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));
      expect(source).toMatch(/^\/stream\/[^/]+\/source$/);
      expect(renditions.map(({ uri }) => uri)).toEqual(ladder.map(({ name }) => `${folderOf(source)}/${name}`));
    }
    // nothing stays behind
    expect(await readdir(network.shared)).toEqual([]);
  }, 30_000);
});

it("is named by livepeer explain, for whoever asks on this machine", async () => {
  const stream = "explained";
  network.cheater.cheats.set(stream, "more pixels");
  await push(stream, "nobody");
  const args = [main, "explain", "segment", `${stream}/1`, "--data-dir", join(folder, "gateway")];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(/pixels of low failed/);
  expect(stdout).toBe(await explain(stream, 1));
}, 30_000);

describe("fast verification", () => {
  it("plays the result of an untrusted orchestrator that equals the trusted one's, whose transcoder is far away", async () => {
    const { second } = await run("nothing", "header");
    expect(second).toContain("one of several, for fast verification: trusted");
    expect(second).toContain("the same, signatures match: whole");
    expect(second).toContain(`played: ${network.cheater.uri}`);
  }, 30_000);

  it.each<[CheatName, RegExp, string]>([
    ["the hash of another video", /NOT the same, signatures match: (none|unreadable)/, "phase1.hash"],
    ["other audio", /NOT the same, signatures match: whole, media differ: .*audio packets/, "phase2.ts"],
  ])(
    "finds %s, plays the trusted result and keeps both",
    async (cheat, named, file) => {
      const { second, cheated } = await run(cheat, "webhook");
      expect(cheated[0]).toBe(1);
      expect(second).toMatch(named);
      expect(second).toContain(`played: ${network.trustedUri}`);
      const isKept = async () => {
        const names = await readdir(network.evidence).catch(() => []);
        return ["trust", "untrust"].every((role) => names.some((name) => name.endsWith(`-${role}-${file}`)));
      };
      await until("the pair is kept", isKept);
    },
    30_000,
  );

  it("keeps a pair in the Google bucket of -FVfailGsbucket", async (context) => {
    const { bucket } = network;
    if (bucket === undefined) return context.skip();
    const stream = "kept-at-google";
    network.cheater.cheats.set(stream, "the hash of another video");
    network.verified.add(stream);
    await push(stream, "webhook", {}, network.classifiedUrl);
    const roles = ["trust-phase1.hash", "trust-phase1.ts", "untrust-phase1.hash", "untrust-phase1.ts", "source.ts"];
    const kept = async () => (await bucket.objects()).filter(({ size }) => size > 200);
    await until("the pair is kept", async () => {
      const objects = await kept();
      return roles.every((role) => objects.some(({ name }) => name.endsWith(`-${role}`)));
    });
    const source = (await kept()).find(({ name }) => name.endsWith("-source.ts"));
    expect(source?.size).toBe(sources[1]?.bytes.length);
  }, 30_000);
});
