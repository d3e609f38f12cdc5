import { LpError, noMetrics, type PostCredentials, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import { osInfoOf } from "../storage/os-info.ts";
import { ResultStore } from "./result-store.ts";

const gateway: PostCredentials = {
  storageType: "google",
  host: "https://bucket.storage.test",
  key: "stream",
  policy: "cG9saWN5",
  signature: "c2ln",
  credential: "node@project.test",
  xAmzDate: "",
};
const results = ["low/1.ts", "high/1.ts"].map((name) => ({ name, bytes: utf8(name), contentType: "video/mp2t" }));

/** Puts the results every 10 s of virtual time; the gateway's store answers as `verdict` says for the try. */
async function run(verdict: (attempt: number) => "ok" | "fails" | "hangs", rounds: number) {
  const sim = new Simulation(1);
  const host = sim.host("o1");
  const posts: { credentials: PostCredentials; name: string }[] = [];
  const store = new ResultStore({
    ...host,
    logger: silentLogger,
    metrics: noMetrics,
    async post(credentials, name, _bytes, options = {}) {
      posts.push({ credentials, name });
      const how = verdict(posts.length);
      if (how === "fails") throw new LpError({ code: "object_post_refused", message: "EntityTooLarge" });
      if (how === "hangs") {
        await new Promise((_resolve, reject) => {
          options.signal?.addEventListener("abort", () => reject(options.signal?.reason), { once: true });
        });
      }
      return { url: `${credentials.host}/${credentials.key}/${name}` };
    },
  });
  const outcomes: { urls: readonly string[] | undefined; ms: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    sim.schedule(round * 10_000, "put", () => {
      host.tasks.spawn("put", async (signal) => {
        const started = host.clock.mono();
        const urls = await store.put([osInfoOf(gateway)], "session1", results, signal);
        outcomes.push({ urls, ms: host.clock.mono() - started });
      });
    });
  }
  await sim.run(rounds * 10_000);
  expect(sim.failures).toEqual([]);
  return { posts, outcomes };
}

it("brings results into the gateway's store, Google's too, and tells where they are", async () => {
  const { posts, outcomes } = await run(() => "ok", 1);
  expect(outcomes[0]?.urls).toEqual(results.map(({ name }) => `https://bucket.storage.test/stream/${name}`));
  expect(posts[0]).toEqual({ credentials: gateway, name: "low/1.ts" });
});

it.each(["fails", "hangs"] as const)(
  "a gateway's store that %s costs one wait, then nothing for half a minute",
  async (how) => {
    const { posts, outcomes } = await run((attempt) => (attempt <= 2 ? how : "ok"), 6);
    expect(outcomes.map(({ urls }) => urls !== undefined)).toEqual([false, false, false, how === "fails", true, true]);
    expect(outcomes.map(({ ms }) => ms)).toEqual([how === "hangs" ? 3000 : 0, 0, 0, 0, 0, 0]);
    expect(posts).toHaveLength(how === "fails" ? 8 : 6);
  },
);
