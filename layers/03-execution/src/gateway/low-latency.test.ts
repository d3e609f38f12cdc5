import type { LpError } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import type { LivePart } from "@livepeer-ts/media";
import { syntheticSegment } from "@livepeer-ts/media/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { LowLatency } from "./low-latency.ts";

const { bytes, durationMs } = syntheticSegment();
const partsEach = 5;

let sim: Simulation;
let lowLatency: LowLatency;
let client: AbortController;

beforeEach(() => {
  sim = new Simulation(1);
  lowLatency = new LowLatency({ manifestId: "m", maxWaiting: 2 }, sim.host("g"));
  client = new AbortController();
  void lowLatency.playlist("source", undefined, client.signal); // somebody plays: from now on segments are cut
  lowLatency.addSegment("source", 0, bytes, durationMs);
});

const part = (seqNo: number, index: number): LivePart => ({
  ...{ seqNo, index, bytes: bytes.subarray(index * 188, index * 188 + 188), durationMs: 400 },
  ...{ isIndependent: index === 0, isLast: index === partsEach - 1 },
});
const comes = (atMs: number, seqNo: number, index: number) =>
  sim.schedule(atMs, "part", () => lowLatency.addPart("source", part(seqNo, index)));

/** What a request comes to, and when. */
function ask(work: () => Promise<unknown>): { at: number | undefined; value: unknown; status: unknown } {
  const answer: ReturnType<typeof ask> = { at: undefined, value: undefined, status: undefined };
  const settle = (value: unknown, status: unknown) => Object.assign(answer, { at: sim.now, value, status });
  sim.schedule(0, "ask", () => {
    work().then(
      (value) => settle(value, 200),
      (error: LpError) => settle(error.message, error.details["status"]),
    );
  });
  return answer;
}
const list = (msn?: number, index?: number, track = "source") =>
  ask(() => lowLatency.playlist(track, msn === undefined ? undefined : { msn, part: index }, client.signal));

describe("requests that wait", () => {
  it("for a part, a segment, or what follows the last part are answered when it is there", async () => {
    for (const [i, at] of [100, 200, 300, 400, 500].entries()) comes(at, 1, i);
    comes(600, 2, 0);
    const answers = [list(), list(0), list(1, 0)];
    await sim.run(150);
    expect(answers.map(({ at }) => at)).toEqual([0, 0, 100]);
    const [third, whole] = [list(1, 3), list(1)];
    await sim.run(550);
    expect([third.at, whole.at]).toEqual([400, 500]);
    expect(third.value).toContain("/stream/m/source/1.3.ts");
    expect(third.value).not.toContain("/stream/m/source/1.ts\n");
    expect(whole.value).toContain("/stream/m/source/1.ts\n");
    const behind = list(1, 5);
    await sim.run(1000);
    expect([behind.at, String(behind.value).includes("/source/2.0.ts")]).toEqual([600, true]);
  });

  it("too far ahead get 400, and those whose wish does not come true 503 after three target durations", async () => {
    const answers = [list(3), list(1, 8), list(1, 7), list(2)];
    await sim.run(10_000);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 503, 503]);
    expect(answers.map(({ at }) => at)).toEqual([0, 0, 6000, 6000]);
    expect(String(answers[0]?.value)).toContain("_HLS_msn=3 is too far ahead: the newest complete segment is 0");
  });

  it("beyond the bound get 503 at once, and make room when they end or their client leaves", async () => {
    const waiting = [list(1), list(1)];
    await sim.run(10);
    const refused = list(1);
    await sim.run(20);
    expect([refused.at, refused.status]).toEqual([10, 503]);
    client.abort();
    await sim.run(30);
    expect(waiting.map(({ status }) => status)).toEqual([503, 503]);
    client = new AbortController();
    const next = list(1, 0);
    comes(50, 1, 0);
    await sim.run(100);
    expect(next.status).toBe(200);
  });

  it("end with the stream", async () => {
    lowLatency.addSegment("low", 0, bytes, durationMs);
    const [source, low] = [list(1), list(1, 0, "low")];
    sim.schedule(300, "the publisher leaves", () => lowLatency.end("source"));
    sim.schedule(900, "all is delivered", () => lowLatency.end());
    await sim.run(2000);
    expect([source.at, low.at]).toEqual([300, 900]);
    for (const { value } of [source, low]) expect(String(value)).toMatch(/#EXT-X-ENDLIST\n$/);
  });
});

it("gives the part that is announced as soon as it comes, and none that is not", async () => {
  comes(100, 1, 0);
  const get = (seqNo: number, index: number) => ask(() => lowLatency.part("source", seqNo, index, client.signal));
  const answers = [get(1, 0), get(1, 1), get(7, 0), get(0, 0)];
  await sim.run(1000);
  expect(answers.map(({ at }) => at)).toEqual([100, 0, 0, 0]);
  expect(answers.map(({ value }) => value === undefined)).toEqual([false, true, true, false]);
});

it("puts all tracks on one clock, end to end, and tells each how far the others are", async () => {
  sim.schedule(1000, "parts", () => {
    for (let i = 0; i < partsEach; i++) lowLatency.addPart("source", part(1, i));
    lowLatency.addPart("source", part(2, 0));
    lowLatency.addSegment("low", 0, bytes, durationMs);
    lowLatency.addSegment("low", 1, bytes, durationMs);
  });
  await sim.run(2000);
  const [source, low] = [list(), list(undefined, undefined, "low")];
  await sim.run(2010);
  const times = (text: unknown) =>
    [...String(text).matchAll(/DATE-TIME:(\S+)/g)].map(([, time]) => Date.parse(time as string));
  const start = times(source.value)[0] as number;
  expect(times(source.value)).toEqual([start, start + 2000, start + 4000]);
  expect(times(low.value)).toEqual([start, start + 2000]);
  expect(source.value).toContain('#EXT-X-RENDITION-REPORT:URI="low.m3u8?latency=low",LAST-MSN=1,LAST-PART=4\n');
  expect(low.value).toContain('#EXT-X-RENDITION-REPORT:URI="source.m3u8?latency=low",LAST-MSN=2,LAST-PART=0\n');
});
