import type { SegmentRecord, StreamRecording } from "@livepeer-ts/execution";
import { LpError, type ObjectStore } from "@livepeer-ts/kernel";
import { ObjectStoreMemory } from "@livepeer-ts/kernel/testing";
import { expect, test } from "vitest";
import { offChainWorld, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const seed = 22;
const segmentCount = 40;
const segmentMs = 2000;
const base = "https://bucket.test/live";
/** The store is ill in this stretch of time, ms. */
const [illFrom, illUntil] = [20_000, 50_000];

/** A store elsewhere that is well, then hangs or fails, then is well again. */
function ailingStore(nowMs: () => number, illness: "hangs" | "fails"): ObjectStore & { memory: ObjectStoreMemory } {
  const memory = new ObjectStoreMemory();
  return {
    memory,
    kind: "s3",
    description: "S3 bucket.test",
    isExternal: true,
    async put(key, bytes, options = {}) {
      const isIll = nowMs() >= illFrom && nowMs() < illUntil;
      if (isIll && illness === "fails") throw new LpError({ code: "object_store_failed", message: "503 Slow Down" });
      if (isIll) {
        await new Promise((_resolve, reject) => {
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason), { once: true });
        });
      }
      await memory.put(key, bytes, options);
      return { url: `${base}/${key}` };
    },
    get: (key) => memory.get(key),
    head: (key) => memory.head(key),
    list: (prefix) => memory.list(prefix),
    delete: (key) => memory.delete(key),
    isOwn: (url) => url.startsWith(`${base}/`),
    publicUrl: (key) => `${base}/${key}`,
    postCredentials: () => undefined,
  };
}

async function run(illness: "hangs" | "fails") {
  const recorded: string[] = [];
  const recording: StreamRecording = {
    record: (track, { seqNo }) => recorded.push(`${track.name}/${seqNo}`),
    finished: async () => {},
  };
  const stores = { live: async () => store, recording: async () => recording };
  const { sim, gateway, events } = offChainWorld(seed, 1, { stores });
  console.log(`SIM seed=${seed} illness=${illness}`);
  const store = ailingStore(() => sim.now, illness);
  const published = publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  /** Every URI that was ever listed, in the order of appearance, and the longest time from a source to its listing. */
  const listed = new Map<string, string>();
  let longestMs = 0;
  const look = () => {
    for (const track of ["source", worldProfiles[0]?.name ?? ""]) {
      for (const { seqNo, uri } of gateway.registry.output("sim")?.entries(track) ?? []) {
        const name = `${track}/${seqNo}`;
        if (listed.has(name)) continue;
        listed.set(name, uri);
        longestMs = Math.max(longestMs, sim.now - (1000 + seqNo * segmentMs));
      }
    }
  };
  for (let ms = 0; ms < 1000 + segmentCount * segmentMs + 8000; ms += 100) sim.schedule(ms, "look", look);
  /** What a player gets for a listed URI, at once. */
  const played = async (uri: string) =>
    uri.startsWith(base)
      ? store.memory.bytes(uri.slice(base.length + 1)) !== undefined
      : (await gateway.registry.output("sim")?.segment(uri.split("/").slice(3).join("/"))) !== undefined;
  await sim.run(1000 + segmentCount * segmentMs + 8000);
  expect(sim.failures).toEqual([]);
  sim.schedule(0, "end", () => void published.opened()?.end("the publisher left"));
  await sim.run(sim.now + 10_000);
  const lost = events.of<SegmentRecord>("segment.done").filter(({ success }) => !success);
  return { listed, longestMs, lost, recorded, store, played };
}

test.each(["hangs", "fails"] as const)("wish 22: a store that %s stops no video", async (illness) => {
  const { listed, longestMs, lost, recorded, store, played } = await run(illness);
  expect(lost).toEqual([]);
  const names = ["source", worldProfiles[0]?.name].flatMap((track) =>
    Array.from({ length: segmentCount }, (_, i) => `${track}/${i}`),
  );
  expect(names.filter((name) => !listed.has(name))).toEqual([]);
  // one wait for the store, once; transcoding itself takes under a second here
  expect(longestMs).toBeLessThan(4000);
  const outside = names.filter((name) => listed.get(name)?.startsWith(base));
  const seqNoOf = (name: string) => Number(name.split("/")[1]);
  expect(outside.filter((name) => seqNoOf(name) < 8)).toHaveLength(16);
  expect(outside.filter((name) => seqNoOf(name) > 33)).toHaveLength(12);
  const fromMemory = names.filter((name) => listed.get(name)?.startsWith("/stream/sim/"));
  expect(fromMemory.filter((name) => seqNoOf(name) > 11 && seqNoOf(name) < 23)).toHaveLength(22);
  // a listed URL of the store has an object behind it; the last window is playable as it is listed
  for (const name of outside) expect(store.memory.bytes(`sim/${name}.ts`)).toBeDefined();
  for (const name of names.filter((each) => seqNoOf(each) > 33)) {
    expect(await played(listed.get(name) ?? "")).toBe(true);
  }
  const playlist = new TextDecoder().decode(store.memory.bytes("sim/source.m3u8"));
  expect(playlist.endsWith(`${base}/sim/source/39.ts\n#EXT-X-ENDLIST\n`)).toBe(true);
  expect(new TextDecoder().decode(store.memory.bytes("sim.m3u8"))).toContain("sim/source.m3u8");
  expect(recorded.filter((name) => name.startsWith("source/"))).toHaveLength(segmentCount);
});
