import { type AccessCheck, openAccess } from "@livepeer-ts/execution";
import { LpError } from "@livepeer-ts/kernel";
import { expect, test } from "vitest";
import { offChainWorld, sourceBytes } from "./off-chain-world.ts";

const seed = 12;
const segmentCount = 30;
const segmentMs = 2000;

type Verdict = "yes" | "silence" | "trouble" | "no";

/** A stream of a minute; the access check answers as `verdictAt` says for the virtual time. */
async function run(verdictAt: (ms: number) => Verdict, accessRecheckMs = 10_000) {
  const asked: { ms: number; running: string | undefined }[] = [];
  const access: AccessCheck = {
    async check(url, signal, running) {
      asked.push({ ms: sim.now, running: running?.manifestId });
      const verdict = verdictAt(sim.now);
      if (verdict === "silence") throw new LpError({ code: "access_unknown", message: "nobody answers" });
      const status = verdict === "no" ? 403 : 500;
      if (verdict === "yes") return openAccess.check(url, signal);
      throw new LpError({ code: "access_denied", message: `status=${status} error=gone`, details: { status } });
    },
  };
  const { sim, gateway, events } = offChainWorld(seed, 1, { access, gateway: { accessRecheckMs } });
  console.log(`SIM seed=${seed}`);
  let stream: Awaited<ReturnType<typeof gateway.ingest.publish>> | undefined;
  let closedAt: number | undefined;
  let taken = 0;
  sim.schedule(0, "publish", () => {
    void gateway.ingest
      .publish({ protocol: "rtmp", url: "rtmp://g1.test/live/sim", clientAddress: "10.0.0.9" })
      .then((opened) => {
        stream = opened;
        opened.closed.addEventListener("abort", () => {
          closedAt = sim.now;
        });
      });
  });
  for (let seqNo = 0; seqNo < segmentCount; seqNo++) {
    sim.schedule(1000 + seqNo * segmentMs, `source ${seqNo}`, () => {
      const bytes = sourceBytes(seqNo);
      const segment = { seqNo, bytes, durationMs: segmentMs, container: "mpegts" as const };
      void stream?.segment(segment, { width: 1280, height: 720 }).then(
        () => taken++,
        () => {},
      );
    });
  }
  await sim.run(1000 + segmentCount * segmentMs);
  expect(sim.failures).toEqual([]);
  return { asked, closedAt, taken, ended: events.of<{ reason: string }>("stream.ended")[0]?.reason };
}

test("defect 12: revoking access ends a running stream, with the reason", async () => {
  const { asked, closedAt, ended, taken } = await run((ms) => (ms < 25_000 ? "yes" : "no"));
  expect(asked.map(({ running }) => running)).toEqual([undefined, "sim", "sim", "sim"]);
  expect(closedAt).toBeGreaterThan(25_000);
  expect(closedAt).toBeLessThanOrEqual(40_000);
  expect(ended).toBe("access was revoked: status=403 error=gone");
  expect(taken).toBeLessThan(segmentCount);
});

test("defect 12: a check that cannot be asked, or is in trouble, ends nothing", async () => {
  for (const verdict of ["silence", "trouble"] as const) {
    const { asked, closedAt, taken } = await run((ms) => (ms < 5000 ? "yes" : verdict));
    expect(asked.length).toBeGreaterThan(4);
    expect([closedAt, taken]).toEqual([undefined, segmentCount]);
  }
});

test("with 0 nobody is asked again", async () => {
  const { asked, closedAt } = await run(() => "yes", 0);
  expect([asked.length, closedAt]).toEqual([1, undefined]);
});
