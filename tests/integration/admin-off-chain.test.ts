import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminRoutes } from "../../node/src/admin/admin-routes.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { NodeProcess, runCli } from "../support/node-process.ts";
import { until } from "../support/until.ts";

const secret = "between-machines";

let folder: string;
let gateway: NodeProcess;
let orchestrator: NodeProcess;
let transcoder: NodeProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-admin-"));
  const port = await freePort();
  [gateway, orchestrator] = await Promise.all([
    NodeProcess.start([
      ...["-gateway", "-dataDir", join(folder, "g"), "-orchAddr", `127.0.0.1:${port}`, "-monitor"],
      ...["-httpAddr", `127.0.0.1:${await freePort()}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]),
    NodeProcess.start([
      ...["-orchestrator", "-orchSecret", secret, "-maxSessions", "auto", "-startupAvailabilityCheck=false"],
      ...["-dataDir", join(folder, "o"), "-serviceAddr", `127.0.0.1:${port}`],
    ]),
  ]);
  transcoder = await NodeProcess.start([
    ...["-transcoder", "-orchSecret", secret, "-orchAddr", `127.0.0.1:${port}`, "-maxSessions", "3"],
    ...["-dataDir", join(folder, "t")],
  ]);
  await until("the transcoder is registered", async () => (await orchestrator.call("GET", "/readyz")).status === 200);
});
afterAll(async () => {
  await Promise.all([gateway?.stop(), orchestrator?.stop(), transcoder?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const json = async (node: NodeProcess, path: string) => JSON.parse((await node.call("GET", path)).text);

/** Paths that go-livepeer v0.9.1 answers. */
const originalPaths =
  `/status /streamID /manifestID /localStreams /EthChainID /currentBlock /orchestratorInfo /IsOrchestrator
/IsRedeemer /setBroadcastConfig /getBroadcastConfig /getAvailableTranscodingOptions /setMaxPriceForCapability
/getAISessionPoolsInfo /getNetworkCapabilities /registerLiveRunners /currentRound /initializeRound /roundInitialized
/activateOrchestrator /setOrchestratorConfig /setMaxFaceValue /setPriceForBroadcaster /setMaxSessions /bond /rebond /unbond
/withdrawStake /unbondingLocks /withdrawFees /claimEarnings /delegatorInfo /orchestratorEarningPoolsForRound
/registeredOrchestrators /reward /protocolParameters /contractAddresses /ethAddr /tokenBalance /ethBalance /transferTokens
/requestTokens /signMessage /vote /voteOnProposal /setMaxGasPrice /setMinGasPrice /maxGasPrice /minGasPrice
/fundDepositAndReserve /fundDeposit /unlock /cancelUnlock /withdraw /senderInfo /ticketBrokerParams /setLogLevel /getLogLevel
/debug /metrics`.split(/\s+/);

describe("the admin port of nodes off chain", () => {
  it("has every path of the original's", () => {
    const paths = new Set(adminRoutes.map(({ path }) => path));
    expect(originalPaths.filter((path) => !paths.has(path))).toEqual([]);
  });

  it("refuses everything that needs a chain with the original's words, after the parameters", async () => {
    const needing = adminRoutes.filter(({ needsChain }) => needsChain);
    expect(needing.length).toBeGreaterThan(30);
    for (const { path, params, scope } of needing) {
      const [first] = params.filter(({ isRequired }) => isRequired);
      const method = scope === "transact" ? "POST" : "GET";
      if (first !== undefined) {
        expect(await gateway.call(method, path)).toMatchObject({
          status: 400,
          text: `missing form param: ${first.name}\n`,
        });
      }
      const filled = Object.fromEntries(params.map(({ name }) => [name, "1"]));
      const answer = await gateway.call(method, path, filled);
      expect(answer, path).toMatchObject({ status: 500, text: "missing ETH client\n" });
      expect(answer.header.get("content-type")).toBe("text/plain; charset=utf-8");
    }
  });

  it.each<["GET" | "POST", string, Record<string, string>, number, string]>([
    ["GET", "/streamID", {}, 200, "/"],
    ["GET", "/manifestID", {}, 200, ""],
    ["GET", "/localStreams", {}, 200, "[]"],
    ["GET", "/EthChainID", {}, 200, "0"],
    ["GET", "/IsOrchestrator", {}, 200, "false"],
    ["GET", "/getAISessionPoolsInfo", {}, 200, "{}"],
    ["POST", "/registerLiveRunners", {}, 404, "live runners are not supported\n"],
    ["GET", "/registerLiveRunners", {}, 405, "/registerLiveRunners changes something: send a POST\n"],
    ["GET", "/currentBlock", {}, 500, "could not query last seen block: this node works off chain\n"],
    ["GET", "/nothing", {}, 404, "404 page not found\n"],
    ["GET", "/debug/pprof/", {}, 404, "404 page not found\n"],
    ["POST", "/setLogLevel", { loglevel: "7" }, 400, "parameter 'logLevel' not defined\n"],
    ["POST", "/setLogLevel", {}, 400, "missing form param: loglevel\n"],
    [
      ...(["POST", "/setBroadcastConfig", { maxPricePerUnit: "1" }, 400] as const),
      "missing form params (maxPricePerUnit AND pixelsPerUnit) or transcodingOptions\n",
    ],
    [
      ...(["POST", "/setBroadcastConfig", { maxPricePerUnit: "x", pixelsPerUnit: "2" }, 400] as const),
      "Error parsing pricePerUnit value: x\n",
    ],
    [
      ...(["POST", "/setBroadcastConfig", { maxPricePerUnit: "1", pixelsPerUnit: "y" }, 400] as const),
      "Error parsing pixelsPerUnit value: y\n",
    ],
    [
      ...(["POST", "/setBroadcastConfig", { maxPricePerUnit: "1", pixelsPerUnit: "-2" }, 400] as const),
      "pixels per unit must be greater than 0, provided -2\n",
    ],
    [
      ...(["POST", "/setBroadcastConfig", { maxPricePerUnit: "1", pixelsPerUnit: "1", currency: "USD" }, 400] as const),
      "error converting price: PriceFeedWatcher is not initialized\n",
    ],
    [
      ...(["POST", "/setBroadcastConfig", { transcodingOptions: "P1" }, 400] as const),
      "invalid transcoding options: P1\n",
    ],
    [
      ...(["POST", "/setMaxPriceForCapability", price({ pipeline: "dancing" }), 400] as const),
      "pipeline not supported\n",
    ],
    [
      ...(["POST", "/setMaxPriceForCapability", price({ maxPricePerUnit: "0" }), 400] as const),
      "pricePerPixel needs to be > 0: 0\n",
    ],
    ["POST", "/setMaxPriceForCapability", price({}), 200, ""],
    ["POST", "/setMaxFaceValue", { maxfacevalue: "5" }, 400, "node must be orchestrator node to set maxfacevalue\n"],
    [
      ...([
        "POST",
        "/setPriceForBroadcaster",
        { pricePerUnit: "1", pixelsPerUnit: "1", broadcasterEthAddr: "default" },
        400,
      ] as const),
      "Node must be orchestrator node to set price for broadcaster\n",
    ],
    ["POST", "/setMaxSessions", { maxSessions: "0" }, 400, "Max Sessions must be 'auto' or greater than zero\n"],
    ["POST", "/setMaxSessions", { maxSessions: "abc" }, 400, 'strconv.Atoi: parsing "abc": invalid syntax\n'],
    [
      ...(["POST", "/setMaxSessions", { maxSessions: "auto" }, 400] as const),
      "Max Sessions 'auto' needs remote transcoders (-orchestrator without -transcoder): give a number\n",
    ],
  ])("%s %s with %j at a gateway answers %i", async (method, path, params, status, text) => {
    expect(await gateway.call(method, path, params)).toMatchObject({ status, text });
  });

  it("takes forms of both kinds and the query, the form before the query", async () => {
    const url = `http://127.0.0.1:${gateway.adminPort}/setMaxSessions`;
    const multipart = new FormData();
    multipart.set("maxSessions", "4");
    const answers = await Promise.all([
      fetch(`${url}?maxSessions=5`, { method: "POST" }),
      fetch(url, { method: "POST", body: multipart }),
      fetch(`${url}?maxSessions=9`, { method: "POST", body: new URLSearchParams({ maxSessions: "6" }) }),
      fetch(url, { method: "POST", body: "no form", headers: { "content-type": "multipart/form-data; boundary=x" } }),
      fetch(url, { method: "POST", body: new URLSearchParams({ maxSessions: "1".repeat(2 ** 20) }) }),
    ]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(texts.slice(0, 3)).toEqual([5, 4, 6].map((n) => `Max sessions set to ${n}\n`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 500, 500]);
    expect(texts[3]).toMatch(/^parse form error: /);
    expect(texts[4]).toMatch(/^parse form error: the body is larger than 1048576 bytes/);
  });

  it("changes what a gateway pays, asks for and takes", async () => {
    expect(
      (
        await gateway.call("POST", "/setBroadcastConfig", {
          maxPricePerUnit: "10",
          pixelsPerUnit: "4",
          transcodingOptions: "P720p30fps16x9,P144p30fps16x9",
        })
      ).status,
    ).toBe(200);
    expect(await json(gateway, "/getBroadcastConfig")).toEqual({
      MaxPrice: "5/2",
      TranscodingOptions: "P720p30fps16x9,P144p30fps16x9",
    });
    await gateway.call("POST", "/setBroadcastConfig", { maxPricePerUnit: "0", pixelsPerUnit: "1" });
    expect((await json(gateway, "/getBroadcastConfig")).MaxPrice).toBe(null);
    expect((await json(gateway, "/getAvailableTranscodingOptions")).length).toBe(13);
  });

  it("changes what an orchestrator asks for and takes", async () => {
    const gatewayAccount = `0x${"Ab".repeat(20)}`;
    const set = (broadcasterEthAddr: string, pricePerUnit: string) =>
      orchestrator.call("POST", "/setPriceForBroadcaster", { pricePerUnit, pixelsPerUnit: "3", broadcasterEthAddr });
    expect((await set("default", "10")).text).toBe(
      "Price per pixel set to 10 wei for 3 pixels for broadcaster default\n",
    );
    expect((await set(gatewayAccount, "6")).status).toBe(200);
    for (const bad of ["my-default", `${gatewayAccount}00`, "0x1"])
      expect(await set(bad, "1")).toMatchObject({
        status: 400,
        text: `broadcasterEthAddr is not a valid eth address, provided ${bad}\n`,
      });
    expect((await set("default", "-1")).text).toBe("price unit must be greater than or equal to 0, provided -1\n");
    expect((await set("default", "x")).text).toBe("error parsing pricePerUnit value: x\n");
    expect((await json(orchestrator, "/status")).BroadcasterPrices).toEqual({
      default: "10/3",
      [gatewayAccount.toLowerCase()]: "2",
    });
    expect((await orchestrator.call("POST", "/setMaxSessions", { maxSessions: "8" })).text).toBe(
      "Max sessions set to 8\n",
    );
    expect((await json(orchestrator, "/readyz")).capacity.maxSessions).toBe(8);
    expect((await orchestrator.call("POST", "/setMaxSessions", { maxSessions: "auto" })).text).toBe(
      "Max sessions set to auto\n",
    );
    expect((await json(orchestrator, "/readyz")).capacity.maxSessions).toBe(3);
  });

  it("shows transcoders, and a transcoder's new capacity", async () => {
    const status = await json(orchestrator, "/status");
    expect(status).toMatchObject({
      RegisteredTranscodersNumber: 1,
      RegisteredTranscoders: [{ Address: expect.stringContaining("127.0.0.1"), Capacity: 3 }],
      LocalTranscoding: false,
      Version: expect.stringMatching(/^\d/),
      GOOS: process.platform === "win32" ? "windows" : process.platform,
    });
    expect(Object.keys(status).slice(0, 13)).toEqual([
      ...["Manifests", "InternalManifests", "StreamInfo", "OrchestratorPool", "OrchestratorPoolInfos", "Version"],
      ...["GolangRuntimeVersion", "GOArch", "GOOS", "RegisteredTranscodersNumber", "RegisteredTranscoders"],
      ...["LocalTranscoding", "BroadcasterPrices"],
    ]);
    await transcoder.call("POST", "/setMaxSessions", { maxSessions: "5" });
    await until("it has come back with 5", async () => {
      const [peer] = (await json(orchestrator, "/status")).RegisteredTranscoders;
      return peer?.Capacity === 5;
    });
  });

  it("tells what orchestrators say about themselves", async () => {
    const found = await json(gateway, "/getNetworkCapabilities");
    expect(found.capabilities_names["0"]).toBe("H.264");
    expect(found.orchestrators).toHaveLength(1);
    expect(found.orchestrators[0]).toMatchObject({ orch_uri: expect.stringMatching(/^https:\/\/127\.0\.0\.1:/) });
    expect(found.orchestrators[0].capabilities.bitstring.length).toBeGreaterThan(0);
  });

  it("changes the log level at once", async () => {
    await gateway.call("POST", "/setLogLevel", { loglevel: "6" });
    expect((await gateway.call("GET", "/getLogLevel")).text).toBe("6");
    await gateway.call("POST", "/setLogLevel", { loglevel: "3" });
  });

  it("serves metrics with -monitor only", async () => {
    expect((await gateway.call("GET", "/metrics")).text).toContain("livepeer_versions{");
    expect((await orchestrator.call("GET", "/metrics")).status).toBe(404);
  });

  it("answers health on the admin port and on the port of the role", async () => {
    expect((await transcoder.call("GET", "/healthz")).status).toBe(200);
    const answer = await fetch(`http://127.0.0.1:${gateway.facts["httpPort"]}/healthz`);
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  it("says why a node is not ready", async () => {
    await transcoder.call("POST", "/drain");
    await until(
      "the orchestrator has no transcoder",
      async () => (await orchestrator.call("GET", "/readyz")).status === 503,
    );
    expect((await json(orchestrator, "/readyz")).reasons).toEqual([
      { code: "no_transcoders", sentence: "No transcoder is connected.", remedy: expect.stringContaining("-orchAddr") },
    ]);
    expect((await json(transcoder, "/readyz")).reasons.map(({ code }: { code: string }) => code)).toEqual(["draining"]);
    expect((await json(transcoder, "/status")).Draining).toBe(true);
    await transcoder.call("POST", "/undrain");
    await until("the transcoder is back", async () => (await orchestrator.call("GET", "/readyz")).status === 200);
  });
});

function price(fields: Record<string, string>): Record<string, string> {
  return {
    ...{ maxPricePerUnit: "5", pixelsPerUnit: "1", currency: "Wei", pipeline: "text-to-image", modelID: "default" },
    ...fields,
  };
}

describe("who may call", () => {
  /** A request as a browser would send it; `fetch` would not let us. */
  const browser = (port: number, method: string, path: string, headers: Record<string, string>, host = "127.0.0.1") =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request({ host, port, method, path, headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      call.once("error", reject);
      call.end();
    });

  it("refuses a page elsewhere, and a stranger's name for this machine", async () => {
    const { adminPort } = orchestrator;
    const before = (await json(orchestrator, "/status")).BroadcasterPrices;
    const path = "/setPriceForBroadcaster?pricePerUnit=0&pixelsPerUnit=1&broadcasterEthAddr=default";
    for (const headers of [
      { host: `127.0.0.1:${adminPort}`, origin: "https://attacker.example" },
      { host: `127.0.0.1:${adminPort}`, origin: "null" },
      { host: `127.0.0.1:${adminPort}`, "sec-fetch-site": "cross-site" },
      { host: `attacker.example:${adminPort}`, origin: `http://attacker.example:${adminPort}` },
      { host: `attacker.example:${adminPort}` },
    ])
      expect(await browser(adminPort, "POST", path, headers)).toMatchObject({ status: 403 });
    expect(await browser(adminPort, "GET", path, { host: `127.0.0.1:${adminPort}` })).toMatchObject({ status: 405 });
    expect((await json(orchestrator, "/status")).BroadcasterPrices).toEqual(before);
  });

  it("asks for tokens where they are set, on this machine too", async () => {
    const node = await NodeProcess.start([
      ...["-gateway", "-dataDir", join(folder, "y"), "-orchAddr", "127.0.0.1:1", "-cliAddr", "0.0.0.0:0"],
      ...["-cliToken", "change-it", "-cliReadToken", "look-at-it"],
      ...["-httpAddr", `127.0.0.1:${await freePort()}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]);
    try {
      const statusOf = async (method: string, path: string, token?: string, host?: string) => {
        const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
        return (await browser(node.adminPort, method, path, headers, host)).status;
      };
      expect(await statusOf("GET", "/status")).toBe(401);
      expect(await statusOf("GET", "/status", "look-at-it")).toBe(200);
      expect(await statusOf("POST", "/drain", "look-at-it")).toBe(403);
      expect(await statusOf("POST", "/setMaxSessions?maxSessions=4", "change-it")).toBe(200);
      expect(await statusOf("GET", "/healthz")).toBe(200);
      const outside = Object.values(networkInterfaces())
        .flatMap((list) => list ?? [])
        .find(({ family, internal }) => family === "IPv4" && !internal);
      if (outside !== undefined) {
        expect(await statusOf("GET", "/status", undefined, outside.address)).toBe(401);
        expect(await statusOf("GET", "/status", "look-at-it", outside.address)).toBe(200);
      }
      const port = ["-http", String(node.adminPort)];
      expect(await runCli([...port, "get-log-level"], "", { LP_CLITOKEN: "look-at-it" })).toMatchObject({
        code: 0,
        stdout: "3\n",
      });
      const refused = await runCli([...port, "-cliToken", "look-at-it", "drain"]);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("the one given may only read") });
    } finally {
      await node.stop();
    }
  });
});

describe("livepeer_cli off chain", () => {
  it("shows the node and the menu of its role, and says what needs a chain", async () => {
    // bond, set the price, leave
    const input = ["5", "21", "", "2", "", "9", "23", ""].join("\n");
    const { code, stdout, stderr } = await runCli(["-http", String(orchestrator.adminPort)], input);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("|NODE STATS|");
    expect(stdout).toContain("none (off chain)");
    expect(stdout).toContain('12. Invoke multi-step "become an orchestrator"');
    expect(stdout).not.toContain("Get test LPT");
    expect(stdout).toContain("Error: This needs a chain: the node works off chain");
    expect(stdout).toContain("Price per pixel set to 9 wei for 2 pixels for broadcaster default");
    expect((await json(orchestrator, "/status")).BroadcasterPrices.default).toBe("9/2");
    const menu = await runCli(["-http", String(gateway.adminPort)], "");
    expect(menu.stdout).toContain("|BROADCASTER STATS|");
    expect(menu.stdout).toContain("Set broadcast config");
    expect(menu.stdout).not.toContain("become an orchestrator");
  });

  it("makes single calls, with JSON, dry runs and exit codes", async () => {
    const port = ["-http", String(gateway.adminPort)];
    const [dry, done, refused, unknown, missing, ready] = await Promise.all([
      runCli([...port, "set-max-sessions", "--maxSessions", "77", "--dry-run", "--json"]),
      runCli([...port, "getBroadcastConfig", "--json"]),
      runCli([...port, "set-max-sessions", "--maxSessions", "0", "--json"]),
      runCli([...port, "dance"]),
      runCli([...port, "bond", "--json"]),
      runCli([...port, "readyz", "--json"]),
    ]);
    expect(JSON.parse(dry.stdout)).toEqual({
      call: { method: "POST", path: "/setMaxSessions", params: { maxSessions: "77" } },
    });
    expect((await json(gateway, "/readyz")).capacity.maxSessions).not.toBe(77);
    expect(JSON.parse(done.stdout).result).toHaveProperty("TranscodingOptions");
    expect([refused.code, JSON.parse(refused.stdout).error]).toMatchObject([
      1,
      { message: "Max Sessions must be 'auto' or greater than zero", details: { status: 400 } },
    ]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no command "dance"') });
    expect([missing.code, JSON.parse(missing.stdout).error.message]).toEqual([
      2,
      "--amount is missing: see livepeer cli bond --help",
    ]);
    expect(JSON.parse(ready.stdout).result.ready).toBe(true);
  });

  it("says where it looked when no node answers", async () => {
    const port = await freePort();
    const { code, stderr } = await runCli(["-http", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot find local node. Is your node running on http:${port}?`);
  });
});

describe("a node that is to end", () => {
  it("ends by itself after a drain with exit, and its log says so", async () => {
    const node = await NodeProcess.start([
      ...["-gateway", "-dataDir", join(folder, "z"), "-orchAddr", "127.0.0.1:1"],
      ...["-httpAddr", `127.0.0.1:${await freePort()}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ]);
    const { code, stdout } = await runCli(["-http", String(node.adminPort), "drain", "--exit", "true", "--json"]);
    expect([code, JSON.parse(stdout).result]).toEqual([0, { draining: true, since: expect.any(Number), running: 0 }]);
    expect(await node.ended).toBe(0);
    expect(node.log).toContain("nothing new is taken, what runs is finished");
  });
});
