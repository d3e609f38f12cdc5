import { bodyOf, type HttpRequest, type LogFields, silentLogger, toAddress, utf8 } from "@livepeer-ts/kernel";
import { SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import { PerformanceScores } from "./performance-scores.ts";

const origin = "https://scores.test";
const [good, poor, unknown] = ["11", "22", "33"].map((byte) => toAddress(`0x${byte.repeat(20)}`)) as [
  ReturnType<typeof toAddress>,
  ReturnType<typeof toAddress>,
  ReturnType<typeof toAddress>,
];

/** Asks a service on virtual time; `answers` in order, the last one again and again. */
async function look(answers: readonly { status?: number; body: string }[], forMs: number, minScore = 0.7) {
  const sim = new Simulation(1);
  const net = new SimNet(sim);
  const [server, host] = [sim.host("service"), sim.host("gateway")];
  const asked: HttpRequest[] = [];
  net.mount(origin, server, async (request) => {
    asked.push(request);
    const { status = 200, body } = answers[Math.min(asked.length, answers.length) - 1] as {
      status?: number;
      body: string;
    };
    return { status, header: new Headers(), body: bodyOf(utf8(body)) };
  });
  const warned: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: LogFields) => warned.push(`${message}: ${fields?.["error"]}`),
  };
  const scores = new PerformanceScores(
    { url: `${origin.replace("//", "//me:secret@")}/all?x=1`, region: "fra", minScore },
    { net: net.port(host), clock: host.clock, logger },
  );
  scores.start(host.tasks);
  await sim.run(forMs);
  return { scores, asked, warned };
}

const answer = JSON.stringify({
  [good]: { FRA: { score: 0.9 }, MDW: { score: 0.1 } },
  [poor.toUpperCase().replace("0X", "0x")]: { FRA: { score: 0.69 } },
  [unknown]: { MDW: { score: 1 } },
  nobody: { FRA: { score: 1 } },
});

describe("performance scores", () => {
  it("are those of the region, whatever its letters; who has none is not good enough", async () => {
    const { scores, asked, warned } = await look([{ body: answer }], 1000);
    expect(scores.isActive).toBe(true);
    expect([good, poor, unknown].map((account) => scores.isGoodEnough(account))).toEqual([true, false, false]);
    expect(asked[0]?.url).toBe(`${origin}/all?x=1`);
    expect(asked[0]?.header.get("authorization")).toMatch(/^Basic /);
    expect(warned).toEqual([]);
  });

  it("are asked for every ten minutes, and the last ones hold while the service fails", async () => {
    const { scores, asked, warned } = await look([{ body: answer }, { status: 503, body: "" }], 25 * 60_000);
    expect(asked).toHaveLength(3);
    expect(warned).toHaveLength(2);
    expect(warned[0]).toBe("-orchPerfStatsUrl gave no scores: the last ones are used: it answered with status 503");
    expect(scores.isGoodEnough(good)).toBe(true);
  });

  it.each(["", "[]", "null", "<html>"])("leave nobody out when the service answers %j", async (body) => {
    const { scores, warned } = await look([{ body }], 1000);
    expect(scores.isActive).toBe(false);
    expect(warned).toHaveLength(1);
  });

  it("leave nobody out without a least score", async () => {
    expect((await look([{ body: answer }], 1000, 0)).scores.isActive).toBe(false);
  });
});
