import { bodyOf, type HttpResponse, LpError, type NetRequest, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { type SimHost, Simulation } from "@livepeer-ts/kernel/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import { webhookDirectory } from "./webhook-directory.ts";

const { signal } = new AbortController();
let sim: Simulation;
let host: SimHost;
let asked: NetRequest[];
let answer: (request: NetRequest) => Promise<HttpResponse>;
let directory: OrchestratorDirectory;

const says =
  (text: string, status = 200) =>
  async (): Promise<HttpResponse> => ({
    status,
    header: new Headers(),
    body: bodyOf(utf8(text)),
  });
const uris = async () => (await directory.list(signal)).map(({ uri }) => uri);
/** Lets virtual time pass, in which nothing else happens. */
const pass = (ms: number) => sim.run(sim.now + ms);

beforeEach(() => {
  sim = new Simulation(1);
  host = sim.host("gateway");
  asked = [];
  directory = webhookDirectory(
    { url: "http://user:p%40ss@hook.test/list?x=1" },
    {
      clock: host.clock,
      logger: silentLogger,
      net: {
        request: (request) => {
          asked.push(request);
          return answer(request);
        },
      },
    },
  );
});

describe("a webhook that lists orchestrators", () => {
  it("is asked once a minute, with its password in a header", async () => {
    answer = says('[{"address":"https://a.test:1","score":1.0},{"address":"b.test","more":5}]');
    expect(await Promise.all([directory.list(signal), directory.list(signal)])).toEqual(
      Array(2).fill([
        { uri: "https://a.test:1", address: undefined, stakeWei: undefined, score: 1 },
        { uri: "https://b.test:8935", address: undefined, stakeWei: undefined, score: 0 },
      ]),
    );
    await pass(59_000);
    await uris();
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(["GET http://hook.test/list?x=1"]);
    expect(asked[0]?.header.get("authorization")).toBe(`Basic ${btoa("user:p@ss")}`);
    await pass(2000);
    answer = says("[]");
    expect(await uris()).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it("passes over entries that cannot be used, and second ones", async () => {
    answer = says(
      '[null,5,{},{"address":""},{"address":"a b"},{"address":"a:1"},{"address":"https://a:1","score":"x"}]',
    );
    expect(await uris()).toEqual(["https://a:1"]);
  });

  it.each([
    ["fails", says("no", 500), "status 500"],
    ["answers something else", says("{}"), "not a list"],
    ["answers no JSON", says("<html>"), "not JSON"],
    ["answers without end", says("1".repeat(2_000_000)), ""],
    ["is not there", () => Promise.reject(new LpError({ code: "net_dial", message: "dial tcp" })), "dial tcp"],
  ])("that %s serves its last list, and is an error before the first one", async (_what, failure, why) => {
    answer = failure;
    await expect(directory.list(signal)).rejects.toMatchObject({
      code: "discovery_webhook",
      message: expect.stringContaining(why),
    });
    answer = says('[{"address":"a:1"}]');
    expect(await uris()).toEqual(["https://a:1"]);
    answer = failure;
    await pass(61_000);
    expect(await uris()).toEqual(["https://a:1"]);
    const soFar = asked.length;
    // not asked again for every segment
    expect(await uris()).toEqual(["https://a:1"]);
    expect(asked).toHaveLength(soFar);
    answer = says('[{"address":"b:1"}]');
    await pass(6000);
    expect(await uris()).toEqual(["https://b:1"]);
  });

  it("is not waited for longer than three seconds", async () => {
    answer = ({ signal: stop }) =>
      new Promise((_resolve, reject) => stop.addEventListener("abort", () => reject(stop.reason)));
    const listed = directory.list(signal).then(
      () => "listed",
      (error: LpError) => error.code,
    );
    await pass(3001);
    expect(await listed).toBe("discovery_webhook");
  });
});
