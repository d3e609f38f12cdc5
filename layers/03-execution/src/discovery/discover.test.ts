import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Address, addressToBytes, LpError, noMetrics, silentLogger } from "@livepeer-ts/kernel";
import { Simulation } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import { defaultCapabilities, jobCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { testSigner } from "../testing/index.ts";
import { AuthTokenSchema, OrchestratorInfoSchema, TicketParamsSchema } from "../wire/net_pb.gen.ts";
import { defaultDiscoveryOptions, discover } from "./discover.ts";
import type { OrchestratorClient } from "./orchestrator-client.ts";

const [hot, identity, other] = [testSigner(1), testSigner(2), testSigner(3)].map(({ address }) => address) as [
  Address,
  Address,
  Address,
];

type Peer = {
  readonly address?: Address;
  readonly info?: MessageInitShape<typeof OrchestratorInfoSchema>;
  readonly version?: string | null;
};

const needs = {
  inputCodec: "h264",
  pixelFormat: undefined,
  profiles: [],
  verificationFreq: 0,
  hasSegmentParameters: false,
  storage: undefined,
} as const;

/** Asks one orchestrator, which the directory knows under `peer.address`, and says what became of it. */
async function ask(peer: Peer, blocked: readonly Address[], minVersion = "", score = 0): Promise<string> {
  const sim = new Simulation(1);
  const host = sim.host("gateway");
  const { version = "0.9.1" } = peer;
  const info = create(OrchestratorInfoSchema, {
    transcoder: "https://o.test",
    authToken: create(AuthTokenSchema, {}),
    ...(version === null ? {} : { capabilities: nodeCapabilities({ capabilities: defaultCapabilities, version }) }),
    ...peer.info,
  });
  const entry = { uri: "https://o.test", address: peer.address, stakeWei: undefined, score };
  // a job that an orchestrator without announced capabilities may do
  const job = jobCapabilities({ ...needs, minVersion });
  job.bitstring = [1n];
  const result = discover(
    job,
    { ...defaultDiscoveryOptions, blocklist: new Set(blocked) },
    {
      ...host,
      logger: silentLogger,
      metrics: noMetrics,
      directory: { list: async () => [entry] },
      client: { getInfo: async () => info },
      payments: { checkOffer: () => {} },
    },
    host.tasks.signal,
  );
  await sim.run(10_000);
  const { found, leftOut } = await result;
  return found.length > 0 ? "found" : (leftOut[0]?.reason ?? "nothing");
}

describe("the blocklist", () => {
  const ticketParams = create(TicketParamsSchema, { recipient: addressToBytes(identity) });
  it.each<[string, Peer]>([
    ["the directory says who it is", { address: identity }],
    ["it says who it is", { info: { address: addressToBytes(identity) } }],
    ["its tickets go to that account", { info: { address: addressToBytes(hot), ticketParams } }],
  ])("counts when %s", async (_how, peer) => {
    expect(await ask(peer, [identity])).toBe("it is on the blocklist");
    expect(await ask(peer, [other])).toBe("found");
  });

  it("has nothing against somebody nobody knows", async () => expect(await ask({}, [identity])).toBe("found"));
});

describe("the further nodes of an orchestrator", () => {
  /** Whom a gateway finds that may ask `extraNodes` of each; `peers` advertise nodes by URI. */
  async function find(peers: Readonly<Record<string, readonly string[]>>, extraNodes: number, maxCandidates = 200) {
    const sim = new Simulation(1);
    const host = sim.host("gateway");
    const asked: string[] = [];
    const client: Pick<OrchestratorClient, "getInfo"> = {
      getInfo: async (uri) => {
        asked.push(uri);
        await host.clock.sleep(10);
        const nodes = peers[uri];
        if (nodes === undefined) throw new LpError({ code: "net_dial", message: "nobody there" });
        // one that does no work itself still names those who do
        const transcoder = uri.includes("none") ? "" : uri;
        const capabilities = nodeCapabilities({ capabilities: defaultCapabilities });
        return create(OrchestratorInfoSchema, {
          transcoder,
          nodes: [...nodes],
          capabilities,
          authToken: create(AuthTokenSchema, {}),
        });
      },
    };
    const listed = Object.keys(peers).filter((uri) => uri.includes("listed"));
    const result = discover(
      jobCapabilities(needs),
      { ...defaultDiscoveryOptions, extraNodes, maxCandidates },
      {
        ...host,
        client,
        logger: silentLogger,
        metrics: noMetrics,
        directory: { list: async () => listed.map((uri) => ({ uri, address: hot, stakeWei: 5n, score: 2 })) },
        payments: { checkOffer: () => {} },
      },
      host.tasks.signal,
    );
    await sim.run(10_000);
    const { found } = await result;
    expect(found.every(({ entry }) => entry.score === 2 && entry.stakeWei === 5n)).toBe(true);
    return { asked: asked.sort(), found: found.map(({ entry }) => entry.uri).sort() };
  }

  const peers = {
    "https://listed.a": ["https://a1", "https://a2", "https://gone"],
    "https://listed.none": ["https://a1", "https://b1"],
    "https://a1": ["https://deep"],
    "https://a2": [],
    "https://b1": [],
    "https://deep": [],
  };

  it("are left alone unless the gateway asks for them", async () => {
    expect(await find(peers, 0)).toEqual({
      asked: ["https://listed.a", "https://listed.none"],
      found: ["https://listed.a"],
    });
  });

  it("are asked once each, so many of each, one level deep", async () => {
    expect((await find(peers, 1)).found).toEqual(["https://a1", "https://listed.a"]);
    const all = await find(peers, 5);
    expect(all.found).toEqual(["https://a1", "https://a2", "https://b1", "https://listed.a"]);
    expect(all.asked).toEqual([...all.found, "https://gone", "https://listed.none"].sort());
  });

  it("count among the orchestrators that are asked at most", async () => {
    expect((await find(peers, 5, 3)).asked).toHaveLength(3);
  });
});

describe("a score", () => {
  it.each([
    [0, "found"],
    [1, "found"],
    [5, "found"],
    [0.5, "its score 0.5 is neither 0 (untrusted) nor 1 and above (trusted)"],
    [-1, "its score -1 is neither 0 (untrusted) nor 1 and above (trusted)"],
  ])("of %s: %s", async (score, outcome) => expect(await ask({}, [], "", score)).toBe(outcome));
});

describe("the lowest version", () => {
  it.each([
    ["0.9.1", "0.9.1", "found"],
    ["v0.10.0-rc1", "0.9.1", "found"],
    ["0.9.0", "0.9.1", "it cannot do everything the job needs"],
    ["", "0.9.1", "it cannot do everything the job needs"],
    ["undefined", "0.9.1", "it cannot do everything the job needs"],
    [null, "0.9.1", "it announces no capabilities"],
    ["", "", "found"],
    [null, "", "found"],
  ])("of an orchestrator with version %s, %s wanted: %s", async (version, minVersion, outcome) => {
    expect(await ask({ version }, [], minVersion)).toBe(outcome);
  });
});
