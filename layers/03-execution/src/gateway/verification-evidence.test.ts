import { LpError, noMetrics, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { ObjectStoreMemory, Simulation } from "@livepeer-ts/kernel/testing";
import { expect, it } from "vitest";
import { type FailedPair, VerificationEvidence } from "./verification-evidence.ts";

const pair = (what: FailedPair["what"]): FailedPair => ({
  manifestId: "m",
  segment: { seqNo: 1, bytes: utf8("source"), durationMs: 2000, container: "mpegts" },
  what,
  trusted: { uri: "https://good.test:8935", hash: utf8("good hash"), media: utf8("good") },
  untrusted: { uri: "https://bad.test:8935/..", hash: utf8("bad hash"), media: utf8("bad") },
});

function evidence(options: ConstructorParameters<typeof VerificationEvidence>[0] = {}) {
  const sim = new Simulation(3);
  const host = sim.host("g");
  const store = new ObjectStoreMemory();
  const results: string[] = [];
  const metrics = { ...noMetrics, count: (_name: string, labels = {}) => results.push(Object.values(labels).join()) };
  const keeper = new VerificationEvidence(options, { ...host, store, metrics, logger: silentLogger });
  return { sim, host, store, results, keeper };
}

it("keeps hash, media and source of a pair under the protocol's names", async () => {
  const { sim, store, results, keeper } = evidence();
  keeper.keep(pair("hash"));
  keeper.keep(pair("media"));
  await sim.run(1000);
  const names = [...store.objects.keys()].map((key) => key.replace(/^[0-9a-f]{16}-/, ""));
  expect(names.toSorted()).toEqual([
    "bad.test_8935-untrust-phase1.hash",
    "bad.test_8935-untrust-phase1.ts",
    "bad.test_8935-untrust-phase2.ts",
    "good.test_8935-trust-phase1.hash",
    "good.test_8935-trust-phase1.ts",
    "good.test_8935-trust-phase2.ts",
    "source.ts",
    "source.ts",
  ]);
  expect(results).toEqual(["stored", "stored"]);
});

it("keeps so many an hour, drops what comes too quickly, and survives a store that fails", async () => {
  const { sim, host, store, results, keeper } = evidence({ maxPerHour: 3, maxWaiting: 2 });
  for (let i = 0; i < 3; i++) keeper.keep(pair("media"));
  expect(results).toEqual(["dropped"]);
  await sim.run(1000);
  store.put = async () => {
    throw new LpError({ code: "object_store_failed", message: "no" });
  };
  keeper.keep(pair("media"));
  await sim.run(2000);
  keeper.keep(pair("media"));
  expect(results).toEqual(["dropped", "stored", "stored", "failed", "dropped"]);
  await sim.run(host.clock.mono() + 3_700_000);
  keeper.keep(pair("media"));
  await sim.run(host.clock.mono() + 1000);
  expect(results.at(-1)).toBe("failed"); // an hour later there is room again
});
