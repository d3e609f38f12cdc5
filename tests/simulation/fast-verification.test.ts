import {
  type AttemptRecord,
  type CheckRecord,
  openAccess,
  ResultRejected,
  type ResultVerifier,
  type SegmentRecord,
  type SelectionRecord,
} from "@livepeer-ts/execution";
import { utf8 } from "@livepeer-ts/kernel";
import { syntheticSignature } from "@livepeer-ts/media/testing";
import { describe, expect, it } from "vitest";
import { offChainWorld, renditionBytes, type WorldOptions, worldProfiles } from "./off-chain-world.ts";
import { publishStream } from "./published-stream.ts";

const segmentMs = 2000;
const seed = 28;
const honest = (seqNo: number) => syntheticSignature({ seed: seqNo, frameCount: 60 });
const wrong = (seqNo: number) => syntheticSignature({ seed: 1000 + seqNo, frameCount: 60 });
const uri = (machine: number) => `https://o${machine}.test:8935`;

type Options = WorldOptions & { readonly frequency: number };

async function stream(segmentCount: number, scores: readonly number[], { frequency, ...options }: Options) {
  console.log(`SIM seed=${seed}`);
  const begun: string[] = [];
  const world = offChainWorld(seed, scores.length, {
    hashOf: (_machine, seqNo) => honest(seqNo),
    ...options,
    scores,
    access: {
      async check(...args) {
        return { ...(await openAccess.check(...args)), verificationFreq: frequency };
      },
    },
    onTranscode: (machine, seqNo) => begun.push(`${machine} ${seqNo}`),
  });
  const { sim, gateway, events } = world;
  publishStream({ sim, gateway }, { segmentMs, count: segmentCount });
  await sim.run(1000 + segmentCount * segmentMs + 60_000);
  expect(sim.failures).toEqual([]);
  const records = events.of<SegmentRecord>("segment.done").toSorted((a, b) => a.seqNo - b.seqNo);
  expect(records).toHaveLength(segmentCount);
  return { records, begun, selections: events.of<SelectionRecord>("segment.selection"), world };
}

const lost = (records: readonly SegmentRecord[]) => records.filter((record) => !record.success);
const copies = (record: SegmentRecord) => record.attempts.length;
/** The first byte of what is played tells who made it where machines mark their results. */
const outcomes = (records: readonly SegmentRecord[]) =>
  records.map(({ fastVerification }) => fastVerification?.outcome ?? "none");

describe("fast verification", () => {
  it("sends the first segment to a trusted and two untrusted ones, and then about one in N", async () => {
    const segmentCount = 160;
    const { records, selections } = await stream(segmentCount, [1, 0, 0, 0], { frequency: 4 });
    expect(lost(records)).toEqual([]);
    expect(records[0]?.fastVerification).toMatchObject({ outcome: "compared", trusted: uri(1), suspended: [] });
    expect(copies(records[0] as SegmentRecord)).toBe(3);
    const roles = selections.filter(({ seqNo }) => seqNo === 0).map(({ copyOf }) => copyOf);
    expect(roles.toSorted()).toEqual(["trusted", "untrusted", "untrusted"]);
    const compared = records.filter(({ fastVerification }) => fastVerification?.outcome === "compared").length;
    // 1/4 of 160, within four standard deviations
    expect(compared).toBeGreaterThan(40 - 22);
    expect(compared).toBeLessThan(40 + 22);
    for (const record of records) {
      const verdict = record.fastVerification;
      expect(verdict?.used).toBe(record.uri);
      expect(copies(record)).toBe(verdict?.outcome === "compared" ? 3 : 1);
      expect(record.uri).not.toBe(uri(1)); // an untrusted one that passes is what is played
    }
  });

  it("with N = 1 compares every segment", async () => {
    const { records } = await stream(20, [1, 0], { frequency: 1 });
    expect(new Set(outcomes(records))).toEqual(new Set(["compared"]));
    expect(records.every((record) => copies(record) === 2 && record.verified)).toBe(true);
  });

  it("plays nothing of a liar, and suspends it as soon as somebody else passes", async () => {
    const { records, begun } = await stream(60, [1, 0, 0], {
      frequency: 4,
      hashOf: (machine, seqNo) => (machine === "o2" ? wrong(seqNo) : honest(seqNo)),
    });
    expect(lost(records)).toEqual([]);
    expect(records.filter((record) => record.uri === uri(2))).toEqual([]);
    const [first] = records.filter(({ fastVerification }) => fastVerification?.suspended.includes(uri(2)));
    expect(first?.fastVerification?.compared).toContainEqual(
      expect.objectContaining({ uri: uri(2), signature: "none", passed: false }),
    );
    // it comes back now and then, as after any failure, and is caught each time
    expect(begun.filter((one) => one.startsWith("o2 ")).length).toBeLessThan(20);
  });

  it("plays the trusted result when nobody agrees with it, and suspends who differs three times in a row", async () => {
    const { records } = await stream(12, [1, 0], {
      frequency: 8,
      hashOf: (machine, seqNo) => (machine === "o2" ? wrong(seqNo) : honest(seqNo)),
    });
    expect(lost(records)).toEqual([]);
    expect(records.every((record) => record.uri === uri(1))).toBe(true);
    const verdicts = records.map(({ fastVerification }) => fastVerification?.suspended.length ?? 0);
    expect(verdicts.slice(0, 3)).toEqual([0, 0, 1]);
  });

  it("is not deceived by two that lie alike", async () => {
    const colluding = await stream(12, [1, 0, 0], {
      frequency: 2,
      hashOf: (machine, seqNo) => (machine === "o1" ? honest(seqNo) : wrong(seqNo)),
    });
    expect(lost(colluding.records)).toEqual([]);
    expect(colluding.records.every((record) => record.uri === uri(1))).toBe(true);
  });

  it("takes somebody else where a hash is missing or can be nothing", async () => {
    for (const bad of [new Uint8Array(0), utf8("no signature"), syntheticSignature({ seed: 1, frameCount: 4000 })]) {
      const { records } = await stream(8, [1, 0], {
        frequency: 1,
        hashOf: (machine, seqNo) => (machine === "o2" ? bad : honest(seqNo)),
      });
      expect(lost(records)).toEqual([]);
      expect(records.every((record) => record.uri === uri(1))).toBe(true);
    }
  });

  it("waits for nobody who freezes longer than the segment lasts, and spends none of the hedges", async () => {
    const { records } = await stream(10, [1, 0, 0], {
      frequency: 1,
      isFrozen: (machine) => machine === "o3",
      gateway: { hedges: { share: 0, floor: 0 } },
    });
    expect(lost(records)).toEqual([]);
    for (const record of records) expect(record.totalMs).toBeLessThan(segmentMs + 1000);
    expect(records[0]?.attempts.find((attempt) => attempt.uri === uri(3))?.error?.code).toBe("hedge_lost");
  });

  it("waits twice as long for the trusted one, and goes on without it", async () => {
    const { records } = await stream(6, [1, 0], { frequency: 1, isFrozen: (machine) => machine === "o1" });
    expect(lost(records)).toEqual([]);
    expect(records[0]).toMatchObject({ uri: uri(2), fastVerification: { outcome: "no-trusted" } });
    expect(records[0]?.totalMs).toBeGreaterThan(2 * segmentMs - 100);
    for (const record of records) expect(record.totalMs).toBeLessThan(2 * segmentMs + 1000);
  });

  it("goes on with whom there is when nobody is trusted, or nobody else there", async () => {
    const untrusted = await stream(6, [0, 0], { frequency: 1 });
    expect(new Set(outcomes(untrusted.records))).toEqual(new Set(["no-trusted"]));
    const trusted = await stream(6, [1], { frequency: 1 });
    expect(new Set(outcomes(trusted.records))).toEqual(new Set(["no-untrusted"]));
    expect(lost([...untrusted.records, ...trusted.records])).toEqual([]);
  });

  it("is all the same on a second run of one seed", async () => {
    const [a, b] = [await stream(20, [1, 0, 0], { frequency: 3 }), await stream(20, [1, 0, 0], { frequency: 3 })];
    expect(a.begun).toEqual(b.begun);
    expect(outcomes(a.records)).toEqual(outcomes(b.records));
  });
});

describe("a stream without verification", () => {
  it("uses untrusted orchestrators while there are any, and trusted ones when they fail", async () => {
    const { records } = await stream(20, [1, 0], { frequency: 0, isFrozen: (m, seqNo) => m === "o2" && seqNo > 9 });
    expect(lost(records)).toEqual([]);
    expect(records.slice(0, 9).every((record) => record.uri === uri(2))).toBe(true);
    expect(records.slice(11).some((record) => record.uri === uri(1))).toBe(true);
    expect(records.every((record) => record.fastVerification === undefined)).toBe(true);
  });
});

/** Refuses what does not begin as an honest result does. */
function judging(worth: (attempt: number) => number | undefined): ResultVerifier {
  let count = 0;
  return {
    async verify({ renditions, source, profiles }) {
      const name = profiles[0]?.name ?? "";
      const isHonest = Buffer.from(renditions[0]?.bytes ?? []).equals(renditionBytes(source.bytes, name));
      const check = (outcome: CheckRecord["outcome"]) => ({
        check: "pixels" as const,
        outcome,
        rendition: name,
        detail: null,
      });
      if (isHonest) return [check("passed")];
      const score = worth(count++);
      throw new ResultRejected({ code: "pixel_mismatch", message: "PixelMismatch", checks: [check("failed")], score });
    },
  };
}

const lie = (_machine: string, source: Uint8Array, name: string) => Uint8Array.of(...renditionBytes(source, name), 1);
const checked = { localVerify: true };

describe("results that do not pass", () => {
  it("cost no segment: others get it, and the record names who lied", async () => {
    const { records } = await stream(30, [0, 0, 0], {
      frequency: 0,
      verifier: judging(() => 1),
      bytesOf: (machine, source, name) =>
        machine === "o2" ? lie(machine, source, name) : renditionBytes(source, name),
      gateway: checked,
    });
    expect(lost(records)).toEqual([]);
    expect(records.filter((record) => record.uri === uri(2))).toEqual([]);
    const failed = records.flatMap(({ attempts }) => attempts).filter((attempt) => attempt.error !== null);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((attempt: AttemptRecord) => attempt.uri))).toEqual(new Set([uri(2)]));
    expect(failed[0]?.checks).toMatchObject([
      { check: "pixels", outcome: "failed", rendition: worldProfiles[0]?.name },
    ]);
  });

  it("are played after the third, the best of them, and none that is worth nothing", async () => {
    const all = { frequency: 0, bytesOf: lie, gateway: checked };
    const best = await stream(4, [0, 0, 0], { ...all, verifier: judging((i) => [0.2, 0.9, 0.5][i % 3]) });
    expect(lost(best.records)).toEqual([]);
    for (const record of best.records) {
      expect(record).toMatchObject({ acceptedAfter: "PixelMismatch", verified: false });
      expect(record.uri).toBe(record.attempts[1]?.uri);
    }
    const none = await stream(2, [0, 0, 0], { ...all, verifier: judging(() => undefined) });
    expect(lost(none.records)).toHaveLength(2);
  });
});
