import { parseObjectStoreUrl } from "@livepeer-ts/data";
import { formatRational, toAddress } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { checkFlags } from "./check-flags.ts";
import { deprecatedFlags } from "./deprecated-flags.ts";
import { parseGoFlags } from "./go-flags.ts";
import type { GatewayConfig, OrchestratorConfig } from "./node-config.ts";
import { nodeFlags } from "./node-flags.ts";

const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const chain = ["-network", "arbitrum-one-mainnet", "-ethUrl", "https://rpc.example/key"];
const orchestrator = ["-orchestrator", "-transcoder", "-serviceAddr", "o.example:8935"];
const gateway = ["-gateway", "-orchAddr", "o.example"];

function check(...args: string[]) {
  const flags = parseGoFlags(nodeFlags, { args, env: {}, readFile: () => undefined }, deprecatedFlags);
  return checkFlags(flags, { home: "/home/me" });
}

function asGateway(...args: string[]): GatewayConfig {
  const { config, problems } = check(...gateway, ...args);
  expect(problems).toEqual([]);
  return config as GatewayConfig;
}

function asOrchestrator(...args: string[]): OrchestratorConfig {
  const { config, problems } = check(...orchestrator, ...args);
  expect(problems).toEqual([]);
  return config as OrchestratorConfig;
}

describe("the role", () => {
  it("is refused when no flag asks for one", () => {
    expect(check().problems).toEqual([
      "No services enabled; must be at least one of -gateway, -transcoder, -aiWorker, -orchestrator, -redeemer, -reward or -initializeRound",
    ]);
  });

  it("is the first of the table that is asked for, and the others are named", () => {
    const both = check(...gateway, ...orchestrator);
    expect(both.config?.role).toBe("orchestrator");
    expect(both.warnings).toContain("-gateway does nothing beside -orchestrator: a process has one role");
    expect(check("-broadcaster", "-orchAddr", "a").config?.role).toBe("gateway");
    expect(check("-redeemer", ...orchestrator).problems).toEqual([
      "-redeemer needs a chain: give -network and -ethUrl",
    ]);
  });

  it("can be a transcoder for another machine's orchestrator", () => {
    expect(check("-transcoder").problems).toEqual(["Missing -orchSecret", "Missing -orchAddr"]);
    // the table puts it before the gateway
    expect(check("-gateway", "-transcoder").problems).toEqual(["Missing -orchSecret", "Missing -orchAddr"]);
    const attached = ["-transcoder", "-orchSecret", "pw", "-orchAddr", "o.example,p.example", "-hevcDecoding"];
    const { config, warnings } = check(...attached, "-network", "mine", "-serviceAddr", "t:1");
    expect(config).toMatchObject({
      role: "transcoder",
      orchestratorUrl: "https://o.example:8935",
      secret: "pw",
      capacity: 10,
      local: { preset: "medium", engine: { kind: "ffmpeg" }, hevcDecoding: true, hardware: undefined },
      chain: undefined,
      dataDir: "/home/me/.lpData/mine",
      cliAddr: { host: "127.0.0.1", port: 6935 },
    });
    expect(warnings).toEqual([
      "-serviceAddr does nothing here: it is for -orchestrator",
      "-orchAddr names several orchestrators: a transcoder works for the first alone",
      "-network names no more than the data directory of a transcoder: the orchestrator alone knows the chain",
    ]);
    expect(check(...attached, "-maxSessions", "auto").problems).toEqual([
      "-maxSessions must be 'auto' or greater than zero, and 'auto' needs -orchestrator without -transcoder",
    ]);
    expect(check("-transcoder", "-orchSecret", "pw", "-orchAddr", "a b").problems).toHaveLength(1);
  });

  it("needs for an orchestrator a transcoder or the secret of remote ones", () => {
    const text =
      "Running an orchestrator requires an -orchSecret for standalone mode or -transcoder for orchestrator+transcoder mode";
    expect(check("-orchestrator").problems).toEqual([text]);
    const remote = ["-orchestrator", "-orchSecret", "x", "-maxSessions"];
    expect(check(...remote, "auto").config).toMatchObject({ local: undefined, secret: "x", maxSessions: "auto" });
    expect(check(...remote, "3").config).toMatchObject({ maxSessions: 3 });
    expect(check(...remote, "-3").problems).toEqual(["-maxSessions must be 'auto' or greater than zero"]);
    expect(check(...remote, "3", "-transcoderPreset", "slow").warnings).toEqual([
      "-transcoderPreset does nothing here: it is for -transcoder",
    ]);
    const combined = check(...orchestrator, "-orchSecret", "x");
    // what AI workers attach with
    expect(combined.config).toMatchObject({ local: { preset: "medium" }, secret: "x", ai: { runners: undefined } });
    expect(combined.warnings).toEqual([]);
    expect(check("-orchestrator", "-aiModels", "[]").problems).not.toContain(text);
    expect(check("-orchestrator", "-aiWorker").problems).not.toContain(text);
  });

  it("needs a chain for duties and for a signer", () => {
    expect(check("-reward").problems).toContain("-reward needs a chain: give -network and -ethUrl");
    expect(check(...gateway, "-initializeRound").problems).toEqual([
      "-initializeRound needs a chain: give -network and -ethUrl",
    ]);
    expect(check("-remoteSigner").problems).toContain("Remote signer mode requires on-chain network");
    expect(check(...chain, "-initializeRound").config).toMatchObject({
      role: "duties",
      chain: { duties: { reward: undefined, initializeRound: true, initializeRoundMaxDelayMs: 30_000 } },
      cliAddr: { host: "127.0.0.1", port: 5935 },
    });
    expect(check(...chain, "-reward=false").problems).toHaveLength(1);
    expect(asGateway("-reward=false").chain).toBeUndefined();
  });
});

describe("settings of every node", () => {
  it("have loopback addresses and a folder by the network's name", () => {
    expect(asGateway()).toMatchObject({
      dataDir: "/home/me/.lpData/offchain",
      cliAddr: { host: "127.0.0.1", port: 5935 },
      httpAddr: { host: "127.0.0.1", port: 9935 },
      rtmpAddr: { host: "127.0.0.1", port: 1935 },
    });
    expect(asOrchestrator("-datadir", "/d")).toMatchObject({ dataDir: "/d", cliAddr: { port: 7935 } });
  });

  it.each([
    [["-network", "../x"], '-network "../x" is not a name'],
    [["-v", "7"], "-v 7 is not a log level"],
    [["-logFormat", "xml"], '-logFormat "xml" is not known: write text or json'],
    [["-allowEgress", "host"], '-allowEgress "host" is not host:port'],
    [["-eventsUrl", "platform"], "-eventsUrl is not a URL that starts with http:// or https://"],
    [["-cliAddr", "x:y"], '-cliAddr "x:y" is not an address to listen on'],
    [["-cliAddr", "0.0.0.0:7935"], "-cliAddr 0.0.0.0:7935 is reached from other machines: give -cliToken"],
    [["-drainTimeout", "-1s"], "-drainTimeout -1s does not do"],
    [["-nvidia", "0", "-netint", "1"], "-nvidia and -netint exclude each other: give one of them"],
  ])("refuse %j", (args, sentence) => {
    expect(check(...gateway, ...args).problems).toContainEqual(expect.stringContaining(sentence));
  });

  it("say which flags the role or the network has no use for", () => {
    expect(check(...orchestrator, "-rtmpAddr", ":1", "-ticketEV", "5").warnings).toEqual([
      "-rtmpAddr does nothing here: it is for -gateway",
      "-ticketEV does nothing off chain: it needs -network",
    ]);
    expect(check(...gateway, "-selectRandFreq", "0.30").warnings).toEqual([]);
  });
});

describe("the chain", () => {
  it("comes with what is known about the network", () => {
    const { chain: config } = asOrchestrator(...chain, "-pricePerUnit", "1");
    expect(config).toMatchObject({
      network: "arbitrum-one-mainnet",
      controller: "0xd8e8328501e9645d16cf49539efc04f734606ee4",
      chainId: 42_161n,
      redeemGas: 1_200_000n,
      minGasPriceWei: 0n,
      pollIntervalMs: 5000,
      transactionTimeoutMs: 300_000,
      account: undefined,
    });
    const mainnet = check(...gateway, "-network", "mainnet", "-ethUrl", "http://a").config?.chain;
    expect(mainnet).toMatchObject({ minGasPriceWei: 1_000_000_000n, redeemGas: 350_000n });
    const zero = check(...gateway, "-network", "mainnet", "-ethUrl", "http://a", "-minGasPrice", "0").config?.chain;
    expect(zero).toMatchObject({ minGasPriceWei: 0n });
  });

  it("takes a private network with its Controller, and lets the redeem gas be said", () => {
    const own = ["-network", "mine", "-ethUrl", "http://a", "-ethController", account];
    expect(asGateway(...own).chain).toMatchObject({
      controller: toAddress(account),
      chainId: undefined,
      redeemGas: undefined,
    });
    expect(asOrchestrator(...own, "-pricePerUnit", "1", "-redeemGas", "999").chain?.redeemGas).toBe(999n);
  });

  it.each([
    [["-network", "mainnet"], "-network mainnet needs -ethUrl: give the URL of an Ethereum node"],
    [["-network", "mine", "-ethUrl", "http://a"], "-network mine needs -ethController"],
    [["-network", "mainnet", "-ethUrl", "ws://a"], "-ethUrl takes URLs that start with http:// or https://"],
    [[...chain, "-ethAcctAddr", "0x12"], '-ethAcctAddr: "0x12" is not an Ethereum address'],
    [[...chain, "-ethOrchAddr", "me"], '-ethOrchAddr: "me" is not an Ethereum address'],
    [[...chain, "-minGasPrice", "5", "-maxGasPrice", "4"], "-maxGasPrice 4 is below the lowest gas price"],
    [[...chain, "-gasLimit", "-1"], '-gasLimit "-1" does not do'],
    [[...chain, "-transactionTimeout", "0s"], "-transactionTimeout 0s does not do: write a duration above 0"],
    [[...chain, "-maxTransactionReplacements", "-1"], '-maxTransactionReplacements "-1" does not do'],
    [[...chain, "-blockPollingInterval", "0"], "-blockPollingInterval 0 does not do: write a number above 0"],
    [[...chain, "-initializeRoundMaxDelay", "-1s"], "-initializeRoundMaxDelay -1s does not do"],
    [[...chain, "-priceFeedAddr", "x"], '-priceFeedAddr: "x" is not an Ethereum address'],
    [[...chain, "-redeemGas", "-3"], '-redeemGas "-3" does not do'],
  ])("refuses %j", (args, sentence) => {
    expect(check(...gateway, ...args).problems).toContainEqual(expect.stringContaining(sentence));
  });
});

describe("a gateway", () => {
  it("completes the addresses of orchestrators", () => {
    const config = asGateway("-orchAddr", "a.example, :1,https://b.example:2,[::1]:3");
    expect(config.orchAddr).toEqual([
      "https://a.example:8935",
      "https://127.0.0.1:1",
      "https://b.example:2",
      "https://[::1]:3",
    ]);
  });

  it("takes pushed segments from everywhere only when somebody says who may send them", () => {
    const httpIngest = (...args: string[]) => asGateway(...args).options.httpIngest;
    expect(httpIngest()).toBe(true);
    expect(httpIngest("-httpAddr", "localhost:1")).toBe(true);
    expect(httpIngest("-httpAddr", "[::1]:1")).toBe(true);
    expect(httpIngest("-httpAddr", "0.0.0.0:1")).toBe(false);
    expect(httpIngest("-httpAddr", "0.0.0.0:1", "-authWebhookUrl", "http://hook")).toBe(true);
    expect(httpIngest("-httpAddr", "0.0.0.0:1", "-httpIngest")).toBe(true);
    expect(httpIngest("-httpIngest=false")).toBe(false);
  });

  it("verifies results on chain unless it is told otherwise", () => {
    expect(asGateway().options.localVerify).toBe(false);
    expect(asGateway(...chain).options.localVerify).toBe(true);
    expect(asGateway("-localVerify").options.localVerify).toBe(true);
  });

  it("takes where results are looked at, classified and kept", () => {
    expect(asGateway().verification).toEqual({ pictureShare: 0.05, classifier: undefined, evidence: undefined });
    const url = "http://classifier.example/verify";
    expect(asGateway("-verifierUrl", url, "-verifierPath", "/shared").verification.classifier).toEqual({
      url,
      path: "/shared",
    });
    const store = "s3+https://key:secret@s3.example/bucket";
    expect(asGateway("-verifierUrl", url, "-objectStore", store).verification.classifier).toEqual({
      url,
      path: undefined,
    });
    expect(check(...gateway, "-verifierUrl", url).problems).toEqual([
      "-verifierUrl needs -verifierPath, a folder that the verifier sees too, or an -objectStore that it reaches",
    ]);
    expect(check(...gateway, "-verifierUrl", "ftp://x").problems).toEqual([
      "-verifierUrl is not a URL that starts with http:// or https://",
    ]);
    expect(check(...gateway, "-verifyPictures", "5").problems).toEqual([
      "-verifyPictures 5 does not do: it is a share, write 0.05 for five of a hundred results",
    ]);
    expect(asGateway("-verifyEvidence", "/kept").verification.evidence).toBe("/kept");
    expect(check(...gateway, "-verifyEvidence", "nowhere").problems.join()).toContain("-verifyEvidence");
  });

  it("keeps failed pairs in a Google bucket when both of its flags are there", () => {
    const key = JSON.stringify({
      type: "service_account",
      client_email: "a@b",
      private_key: "-----BEGIN PRIVATE KEY-----",
    });
    const { evidence } = asGateway("-FVfailGsbucket", "failed-pairs", "-FVfailGskey", key).verification;
    expect(parseObjectStoreUrl(evidence ?? "")).toMatchObject({
      kind: "gcs",
      bucket: "failed-pairs",
      key: { clientEmail: "a@b" },
    });
    for (const one of [
      ["-FVfailGsbucket", "failed-pairs"],
      ["-FVfailGskey", key],
    ]) {
      const { problems, warnings } = check(...gateway, ...one);
      expect(problems).toEqual([]);
      expect(warnings.join()).toContain("do nothing without each other");
    }
    const [problem] = check(...gateway, "-FVfailGsbucket", "failed-pairs", "-FVfailGskey", "{}").problems;
    expect(problem).toContain("-FVfailGskey: the Google service account's key has no client_email");
  });

  it("hands on selection, blocklist, versions and prices", () => {
    const json =
      '{"capabilities_prices":[{"pipeline":"text-to-image","model_id":"","price_per_unit":5,"pixels_per_unit":2},{"pipeline":"llm","model_id":"m","price_per_unit":"0.1","currency":"eth"}]}';
    const config = asGateway(
      ...["-selectStakeWeight", "0.5", "-selectPriceWeight", "0.2", "-orchBlocklist", account.slice(2).toUpperCase()],
      ...["-orchMinLivepeerVersion", "0.9.1", "-maxPricePerUnit", "3", "-maxPricePerCapability", json],
      ...["-maxAttempts", "-1"],
    );
    expect(config.options.pool?.weights).toEqual({ stake: 0.5, price: 0.2, random: 0.3, priceExpFactor: 100 });
    expect([...(config.options.discovery?.blocklist ?? [])]).toEqual([toAddress(account)]);
    expect(config.options.stream).toEqual({ maxAttempts: 0, minVersion: "0.9.1", hedgeAfter: 0.75 });
    expect(config.options.hedges).toEqual({ share: 0.05 });
    expect(config.maxPrices.base?.amount).toEqual({ num: 3n, den: 1n });
    expect(config.maxPrices.perCapability).toMatchObject([
      { modelId: "default", price: { currency: "", amount: { num: 5n } } },
      { modelId: "m", price: { currency: "ETH" } },
    ]);
    expect(asGateway().maxPrices).toEqual({ base: undefined, perCapability: [] });
    expect(formatRational(asGateway(...chain, "-maxTicketEV", "3/2").tickets.maxTicketEvWei)).toBe("3/2");
  });

  it("can have its orchestrators listed by a webhook", () => {
    const { config, warnings } = check(...gateway, "-orchWebhookUrl", "https://u:p@hook.example/list");
    expect(config).toMatchObject({ orchWebhookUrl: "https://u:p@hook.example/list" });
    expect(warnings).toEqual(["-orchAddr does nothing beside -orchWebhookUrl, which lists the orchestrators"]);
    expect(check("-gateway", "-orchWebhookUrl", "ftp://hook").problems).toEqual([
      "-orchWebhookUrl is not a URL that starts with http:// or https://",
    ]);
    expect(asGateway().orchWebhookUrl).toBeUndefined();
  });

  it("says that it has nobody to work with", () => {
    expect(check("-gateway").warnings).toEqual([
      "-orchAddr names no orchestrator and there is no chain: streams will not be transcoded",
    ]);
  });

  it.each([
    [["-maxSessions", "0"], "-maxSessions must be 'auto' or greater than zero"],
    [["-maxSessions", "many"], "-maxSessions must be 'auto' or greater than zero"],
    [["-maxSessions", "auto"], "and 'auto' needs -orchestrator without -transcoder"],
    [
      ["-selectRandFreq", "0.4"],
      "sum of selection algorithm weights must be 1.0, stakeWeight=0.7, priceWeight=0, randWeight=0.4",
    ],
    [["-selectRandFreq", "0.3002"], "sum of selection algorithm weights must be 1.0"],
    [["-selectRandFreq", "1.5", "-selectStakeWeight", "-0.5"], "-selectStakeWeight -0.5 does not do"],
    [["-selectPriceExpFactor", "0"], "-selectPriceExpFactor 0 does not do: write a number above 0"],
    [["-orchAddr", "a b"], '-orchAddr "a b" is not an address'],
    [["-orchBlocklist", "0x1"], '-orchBlocklist: "0x1" is not an Ethereum address'],
    [["-orchMinLivepeerVersion", "new"], '-orchMinLivepeerVersion "new" is not a version'],
    [["-discoveryTimeout", "0s"], "-discoveryTimeout 0s does not do: write a duration above 0"],
    [["-extraNodes", "-1"], '-extraNodes "-1" does not do'],
    [["-redrawSegments", "-1"], '-redrawSegments "-1" does not do'],
    [["-transcodingOptions", "Pnone"], 'No transcoding profiles found in -transcodingOptions "Pnone"'],
    [["-transcodingOptions", "[{"], "-transcodingOptions is not JSON"],
    [["-transcodingOptions", "[]"], "No transcoding profiles found"],
    [["-transcodingOptions", "[1]"], "-transcodingOptions: profile 0 is not an object"],
    [["-maxPricePerUnit", "1e3!"], '-maxPricePerUnit: "1e3!" is not a price'],
    [["-maxPricePerUnit", "1USD"], "-maxPricePerUnit in USD needs a price feed on a chain: give it in wei or eth"],
    [["-maxPricePerCapability", "nofile"], "-maxPricePerCapability: this is not JSON"],
    [["-maxPricePerCapability", "{}"], 'there is no list "capabilities_prices"'],
    [["-maxPricePerCapability", '{"capabilities_prices":[null]}'], "entry 1 lacks pipeline"],
    [
      ["-maxPricePerCapability", '{"capabilities_prices":[{"pipeline":"fly","price_per_unit":1}]}'],
      'entry 1 names the pipeline "fly", which is not known',
    ],
    [["-httpAddr", "https://:1"], "-httpAddr of a gateway is plain HTTP"],
    [["-rtmpAddr", "rtmp://x"], '-rtmpAddr "rtmp://x" is not an address to listen on'],
    [["-authWebhookUrl", "hook"], "-authWebhookUrl is not a URL"],
    [["-maxTicketEV", "0"], "-maxTicketEV 0 does not do: write wei above 0"],
    [["-maxTotalEV", "much"], '-maxTotalEV: "much" is not a number'],
    [["-maxTicketEV", "1/0"], "-maxTicketEV: a fraction cannot have the denominator 0"],
    [["-depositMultiplier", "0"], '-depositMultiplier "0" does not do: write a whole number from 1'],
  ])("refuses %j", (args, sentence) => {
    const { problems } = check(...gateway, ...args);
    expect(problems).toContainEqual(expect.stringContaining(sentence));
    expect(problems.every((problem) => problem.split("\n").length === 1)).toBe(true);
  });

  it("accepts weights that miss 1 by less than what floats do", () => {
    expect(asGateway("-selectRandFreq", "0.30009").options.pool?.weights?.random).toBe(0.30009);
  });
});

describe("AI jobs", () => {
  const models = '[{"pipeline":"llm","model_id":"m","url":"http://r:1","warm":true,"price_per_unit":"2e-3USD"}]';
  const worker = ["-aiWorker", "-orchSecret", "s", "-orchAddr", "o.example:1"];

  it("are done by a worker for an orchestrator elsewhere, on runners that -aiModels names", () => {
    const { config, problems, warnings } = check(...worker, "-aiModels", models, "-nvidia", "0,2", "-aiPullImages");
    expect(problems).toEqual([]);
    expect(warnings).toEqual(["prices in -aiModels do nothing at an AI worker: its orchestrator has the prices"]);
    expect(config).toMatchObject({
      ...{ role: "aiWorker", orchestratorUrl: "https://o.example:1", secret: "s", chain: undefined },
      runners: {
        specs: [{ driver: "external", isWarm: true }],
        ...{ modelsDir: "/home/me/.lpData/offchain/models", gpus: [0, 2], runnersPerDevice: 1, pullsImages: true },
      },
    });
    expect(config?.cliAddr).toEqual({ host: "127.0.0.1", port: 4935 });
    expect(check("-aiWorker").problems).toEqual([
      "Missing -orchSecret",
      "Missing -orchAddr",
      "-aiWorker needs -aiModels: name the models that this machine serves, in a file or as pipeline:model_id:warm",
    ]);
  });

  it("are taken by an orchestrator on its own runners, on those of workers, at prices of models, or not at all", () => {
    const own = asOrchestrator(...chain, "-pricePerUnit", "1", "-aiWorker", "-aiModels", models);
    expect(own.ai?.runners?.specs).toHaveLength(1);
    expect(own.ai?.prices).toMatchObject([{ capability: 33, modelId: "m", price: { currency: "USD" } }]);
    const remote = asOrchestrator(...chain, "-pricePerUnit", "1", "-orchSecret", "s", "-aiModels", models);
    expect(remote.ai).toMatchObject({ runners: undefined, prices: [{ modelId: "m" }] });
    expect(asOrchestrator().ai).toBeUndefined();
    const alone = check("-orchestrator", "-serviceAddr", "o:1", "-aiModels", models);
    expect(alone.config).toMatchObject({ local: undefined, secret: undefined, ai: { runners: { gpus: "all" } } });
    expect(alone.warnings).toEqual(["prices in -aiModels do nothing off chain: there is no payment"]);
    expect(check(...orchestrator, "-aiModels", models).warnings).toEqual([
      "-aiModels does nothing without -aiWorker, or -orchSecret for remote workers",
    ]);
  });

  it("run in the images that are given", () => {
    const images = (text: string) => check(...worker, "-aiModels", models, "-aiRunnerImageOverrides", text);
    expect(images('{"default":"a/b:c","batch":{"llm":"d"}}').config).toMatchObject({
      runners: { images: { default: "a/b:c", batch: new Map([["llm", "d"]]) } },
    });
    const sentence = /^-aiRunnerImageOverrides must be JSON like /;
    for (const text of ["[]", "{", '{"batch":1}', '{"default":"../x"}', '{"other":"x"}'])
      expect(images(text).problems).toEqual([expect.stringMatching(sentence)]);
    expect(check(...worker, "-aiModels", models, "-aiRunnerContainersPerGPU", "11").problems).toEqual([
      "-aiRunnerContainersPerGPU 11 does not do: write a number from 1 to 10",
    ]);
  });

  it("have a registry of their own on one network", () => {
    const registry = asGateway(...chain, "-aiServiceRegistry").chain?.serviceRegistry;
    expect(registry).toBe("0x04c0b249740175999e5bf5c9ac1da92431ef34c5");
    expect(asGateway(...chain).chain?.serviceRegistry).toBeUndefined();
    const other = ["-network", "mainnet", "-ethUrl", "https://rpc.example", "-aiServiceRegistry"];
    expect(check(...gateway, ...other).problems).toEqual([
      "-aiServiceRegistry does not do with -network mainnet: there is a registry of AI orchestrators on arbitrum-one-mainnet only",
    ]);
  });
});

describe("an orchestrator", () => {
  it("knows its URIs", () => {
    const config = asOrchestrator("-nodes", "n1.example:1, https://n2.example", "-httpAddr", "http://0.0.0.0:80");
    expect(config.service).toEqual({ kind: "given", uri: "https://o.example:8935", host: "o.example", port: 8935 });
    expect(config.nodes).toEqual(["https://n1.example:1", "https://n2.example"]);
    expect(config.http).toEqual({ scheme: "http", address: "0.0.0.0:80" });
    expect(asOrchestrator("-serviceAddr", "none", "-nodes", "a:1").service).toEqual({ kind: "none" });
    expect(check("-orchestrator", "-transcoder").config).toMatchObject({ service: { kind: "find" } });
    expect(asOrchestrator("-startupAvailabilityCheck=false", "-hevcDecoding")).toMatchObject({
      startupAvailabilityCheck: false,
      local: { hevcDecoding: true },
    });
  });

  it("knows the hardware it transcodes on", () => {
    const hardwareOf = (...args: string[]) => asOrchestrator(...args).local?.hardware;
    expect(hardwareOf()).toBeUndefined();
    expect(hardwareOf("-nvidia", "0, 1,0")).toEqual({ wish: { kind: "nvidia", ids: ["0", "1"] }, isTested: true });
    expect(hardwareOf("-nvidia", "all", "-testTranscoder=false")).toEqual({
      wish: { kind: "nvidia", ids: "all" },
      isTested: false,
    });
    expect(hardwareOf("-hwaccel", "vaapi:/dev/dri/renderD128,/dev/dri/renderD129")?.wish).toEqual({
      kind: "vaapi",
      ids: ["/dev/dri/renderD128", "/dev/dri/renderD129"],
    });
    expect(hardwareOf("-hwaccel", "qsv")?.wish).toEqual({ kind: "qsv", ids: "all" });
    expect(check(...orchestrator, "-nvidia", "0", "-testTranscoder=false").warnings).toEqual([
      "-testTranscoder=false: whether the hardware can do the work is not tested, the first streams will show",
    ]);
    expect(check(...gateway, "-nvidia", "0").warnings).toContain(
      "-nvidia does nothing here: it is for -transcoder and -aiWorker",
    );
  });

  it.each([
    [["-nvidia", "GPU-1"], '-nvidia "GPU-1" names no GPUs: write their numbers as in nvidia-smi'],
    [["-nvidia", "0,"], '-nvidia "0," names no GPUs'],
    [["-hwaccel", "cuda:0"], '-hwaccel "cuda:0" names no hardware: write nvidia, vaapi, qsv, amf, videotoolbox'],
    [["-hwaccel", "vaapi:0"], '-hwaccel "vaapi:0" names no hardware'],
    [["-hwaccel", "vaapi:/dev/dri/a,hw=b"], "names no hardware"],
    [["-nvidia", "0", "-hwaccel", "amf"], "-nvidia and -hwaccel exclude each other: give one of them"],
    [
      ["-netint", "1"],
      "-netint cannot be used: transcoding on Netint devices (no stock ffmpeg has their codecs) is not built yet",
    ],
  ])("does not start with %j", (args, sentence) => {
    expect(check(...orchestrator, ...args).problems).toContainEqual(expect.stringContaining(sentence));
  });

  it("has prices on chain only, also for single gateways", () => {
    expect(asOrchestrator("-pricePerUnit", "1").prices).toBeUndefined();
    const json = `{"broadcasters":[{"ethaddress":"${account}","priceperunit":2,"currency":"USD","pixelsperunit":3}]}`;
    const { prices } = asOrchestrator(...chain, "-pricePerUnit", "0.5USD", "-pricePerBroadcaster", json);
    expect(prices).toMatchObject({ base: { currency: "USD", amount: { num: 1n, den: 2n } }, autoAdjust: true });
    expect(prices?.perGateway.get(toAddress(account))).toMatchObject({ currency: "USD", amount: { num: 2n } });
  });

  it.each([
    [chain, "-pricePerUnit must be set"],
    [[...chain, "-pricePerUnit", "-1"], '-pricePerUnit: "-1" is not a price'],
    [[...chain, "-pricePerUnit", "1", "-pixelsPerUnit", "0"], '-pixelsPerUnit: "0" is not a number of pixels'],
    [[...chain, "-pricePerUnit", "1", "-pricePerGateway", '{"gateways":[null]}'], "-pricePerGateway: an entry lacks"],
    [[...chain, "-pricePerUnit", "1", "-ticketEV", "0"], '-ticketEV "0" does not do: write a whole number from 1'],
    [[...chain, "-pricePerUnit", "1", "-maxFaceValue", "1.5"], '-maxFaceValue "1.5" does not do'],
    [["-maxSessions", "auto"], "-maxSessions must be 'auto' or greater than zero, and 'auto' needs"],
    [["-serviceAddr", "none"], "-serviceAddr none needs -nodes"],
    [["-serviceAddr", "https://o/x"], '-serviceAddr "https://o/x" must not have a path'],
    [["-nodes", "http://n:1"], '-nodes "http://n:1" is not https'],
    [["-httpAddr", "ftp://x:1"], 'unsupported -httpAddr scheme "ftp"'],
    [["-httpAddr", "https://x:1/y"], "-httpAddr must not include a path"],
    [["-httpAddr", "x:y"], '-httpAddr "x:y" is not an address to listen on'],
    [["-transcoderPreset", "warp"], '-transcoderPreset "warp" is not known: write ultrafast'],
    [["-transcoderEngine", "gstreamer"], '-transcoderEngine "gstreamer" is not known: write ffmpeg, node-av, or'],
    [["-transcoderEngine", "ffmpeg:/usr"], '-transcoderEngine "ffmpeg:/usr" is not known'],
    [["-transcoderEngine", "node-av:"], '-transcoderEngine "node-av:" is not known'],
    [["-transcoderEngine", "node-av", "-nvidia", "0"], "-transcoderEngine node-av works on the processor alone"],
    [["-bodyMemory", "15"], "-bodyMemory 15 does not do: write MiB, 16 to 1048576"],
  ])("refuses %j", (args, sentence) => {
    expect(check(...orchestrator, ...args).problems).toContainEqual(expect.stringContaining(sentence));
  });
});

it("reads the engine, and what bodies and downloads may hold", () => {
  const { config } = check(...orchestrator, "-transcoderEngine", "node-av:/opt/node-av", "-bodyMemory", "256");
  expect(config).toMatchObject({
    local: { engine: { kind: "node-av", folder: "/opt/node-av" } },
    bodies: { totalBytes: 256 * 2 ** 20, perPeerBytes: 160 * 2 ** 20 },
  });
  expect(check(...orchestrator, "-transcoderEngine", "node-av").config).toMatchObject({
    local: { engine: { kind: "node-av", folder: undefined } },
  });
  expect(check(...gateway).config).toMatchObject({
    options: { downloadBytes: 2 ** 30 },
    bodies: { totalBytes: 2 ** 31 },
  });
  expect(check(...gateway, "-downloadMemory", "64").config).toMatchObject({ options: { downloadBytes: 64 * 2 ** 20 } });
});

it("names all mistakes at once, each of them once", () => {
  const { problems } = check(
    ...["-gateway", "-network", "mine", "-maxSessions", "0", "-orchAddr", "a b,a b", "-netint", "x", "-v", "9"],
  );
  expect(problems).toEqual([
    "-netint cannot be used: transcoding on Netint devices (no stock ffmpeg has their codecs) is not built yet",
    "-network mine needs -ethUrl: give the URL of an Ethereum node",
    "-network mine needs -ethController: give the address of its Controller",
    "-v 9 is not a log level: write a number from 0 to 6",
    '-orchAddr "a b" is not an address: write host:port or https://host:port',
    "-maxSessions must be 'auto' or greater than zero",
  ]);
});

describe("a redeemer", () => {
  const redeemer = [
    "-redeemer",
    "-network",
    "devnet",
    "-ethUrl",
    "http://x:1",
    "-ethController",
    `0x${"1".repeat(40)}`,
  ];

  it("listens for this machine alone unless told otherwise, and administers at loopback", () => {
    const { config } = check(...redeemer);
    expect(config).toMatchObject({
      role: "redeemer",
      httpAddr: { host: "127.0.0.1", port: 8935 },
      cliAddr: { host: "127.0.0.1", port: 5935 },
      secret: undefined,
    });
  });

  it("does not open itself to others without a secret or a clear word", () => {
    const open = [...redeemer, "-httpAddr", "0.0.0.0:8935"];
    expect(check(...open).problems).toEqual([
      expect.stringContaining("give -redeemerSecret here and to the orchestrators"),
    ]);
    expect(check(...redeemer, "-httpAddr", ":8935").problems).toEqual([]); // completed with 127.0.0.1, as by go-livepeer
    expect(check(...open, "-redeemerSecret", "s").config).toMatchObject({ secret: "s" });
    expect(check(...open, "-redeemerAllowNoAuth").problems).toEqual([]);
    expect(check(...redeemer, "-httpAddr", "http://127.0.0.1:1").problems).toEqual([
      expect.stringContaining("over TLS only"),
    ]);
  });

  it.each([
    ["redeemer", "https://redeemer:8935"],
    [":9000", "https://127.0.0.1:9000"],
    ["https://r:1/", "https://r:1"],
    ["[::1]:7", "https://[::1]:7"],
  ])("is found at %s by its orchestrators", (address, url) => {
    const { config } = check(...orchestrator, ...redeemer.slice(1), "-pricePerUnit", "1", "-redeemerAddr", address);
    expect(config).toMatchObject({ redeemer: { url, secret: undefined } });
  });
});

describe("a remote signer", () => {
  const signer = [
    "-remoteSigner",
    "-network",
    "devnet",
    "-ethUrl",
    "http://x:1",
    "-ethController",
    `0x${"1".repeat(40)}`,
  ];

  it("needs a chain, and listens for this machine alone unless told otherwise", () => {
    expect(check("-remoteSigner").problems).toEqual(["Remote signer mode requires on-chain network"]);
    expect(check(...signer).config).toMatchObject({
      role: "remoteSigner",
      httpAddr: { host: "127.0.0.1", port: 8935 },
      cliAddr: { host: "127.0.0.1", port: 3935 },
      ...{ maxRequestWei: 0n, maxDayWei: 0n, webhook: undefined, discovery: undefined, isOpen: false },
    });
  });

  it("does not open itself to others without a webhook or a clear word", () => {
    const open = [...signer, "-httpAddr", "0.0.0.0:8935"];
    expect(check(...open).problems).toEqual([
      expect.stringContaining("give -remoteSignerWebhookUrl, or -remoteSignerAllowNoAuth"),
    ]);
    expect(check(...open, "-remoteSignerAllowNoAuth").config).toMatchObject({ isOpen: true });
    const asked = check(...open, "-remoteSignerWebhookUrl", "https://w", "-remoteSignerWebhookHeaders", "A:b, C:d:e");
    expect(asked.config).toMatchObject({
      isOpen: false,
      webhook: {
        headers: new Map([
          ["A", "b"],
          ["C", "d:e"],
        ]),
      },
    });
    expect(check(...signer, "-remoteSignerWebhookHeaders", "secret").problems).toEqual([
      "-remoteSignerWebhookHeaders: entry 1 is not name:value",
    ]);
  });

  it("pays for a gateway, which then has no chain of its own", () => {
    const { config } = check(
      "-gateway",
      "-remoteSignerUrl",
      "signer:8935/",
      "-remoteSignerHeaders",
      "Authorization:Bearer x",
    );
    expect(config).toMatchObject({
      remoteSigner: { url: "https://signer:8935", headers: new Map([["Authorization", "Bearer x"]]) },
      options: { localVerify: true },
    });
    expect(check(...gateway, ...signer.slice(1), "-remoteSignerUrl", "https://s").problems).toContainEqual(
      expect.stringContaining("-remoteSignerUrl and -network exclude each other"),
    );
  });
});

describe("what a node tells the outside", () => {
  it("is told by stream, and by client, which implies by stream", () => {
    expect(asGateway().metrics).toEqual({ perStream: false, perClient: false });
    expect(asGateway("-monitor", "-metricsPerStream").metrics).toEqual({ perStream: true, perClient: false });
    expect(asGateway("-monitor", "-metricsClientIP").metrics).toEqual({ perStream: true, perClient: true });
    expect(check(...gateway, "-metricsPerStream").warnings).toContain(
      "-metricsPerStream does nothing without -monitor",
    );
  });

  it("goes to AMQP when there is a broker", () => {
    expect(asGateway().amqp).toBeUndefined();
    const url = "amqps://u:p@broker.example";
    expect(asGateway("-metadataQueueUri", url).amqp).toEqual({
      url,
      exchange: "lp_golivepeer_metadata",
      timeoutMs: 1000,
    });
    const other = asGateway("-metadataQueueUri", url, "-metadataAmqpExchange", "x", "-metadataPublishTimeout", "3s");
    expect(other.amqp).toEqual({ url, exchange: "x", timeoutMs: 3000 });
    expect(check(...gateway, "-metadataQueueUri", "http://broker").problems).toEqual([
      "-metadataQueueUri is not a URL that starts with amqp:// or amqps://",
    ]);
    expect(check(...gateway, "-metadataAmqpExchange", "x").warnings).toEqual([
      "-metadataAmqpExchange does nothing without -metadataQueueUri",
    ]);
  });

  it("goes to Kafka with servers, a topic and -monitor", () => {
    const kafka = ["-kafkaBootstrapServers", "a.example:9092,b.example:9092", "-kafkaGatewayTopic", "t"];
    const servers = ["a.example:9092", "b.example:9092"];
    expect(asGateway(...kafka, "-monitor", "-gatewayHost", "g").kafka).toEqual({
      servers,
      topic: "t",
      login: undefined,
    });
    expect(asGateway(...kafka, "-monitor", "-kafkaUser", "u", "-kafkaPassword", "p").kafka?.login).toEqual({
      user: "u",
      password: "p",
    });
    expect(check(...gateway, ...kafka)).toMatchObject({
      config: { kafka: undefined },
      warnings: ["no events go to Kafka without -monitor"],
    });
    expect(check(...gateway, ...kafka, "-monitor", "-kafkaUser", "u").problems).toEqual([
      "-kafkaUser and -kafkaPassword belong together: give both, or none for a broker without a password",
    ]);
    expect(check(...gateway, "-kafkaBootstrapServers", "a", "-kafkaGatewayTopic", "t", "-monitor").problems).toEqual([
      '-kafkaBootstrapServers "a" is not host:port',
    ]);
  });

  it("chooses by scores with all three flags, and names the one that is missing", () => {
    const flags = ["-orchPerfStatsUrl", "https://scores.example/s", "-region", "fra", "-minPerfScore", "0.8"];
    expect(asGateway(...flags).scores).toEqual({ url: "https://scores.example/s", region: "fra", minScore: 0.8 });
    expect(asGateway().scores).toBeUndefined();
    expect(check(...gateway, "-region", "fra", "-minPerfScore", "0.8").warnings).toEqual([
      "-region does nothing without -orchPerfStatsUrl",
      "-minPerfScore does nothing without -orchPerfStatsUrl",
    ]);
  });
});

describe("a serverless runner", () => {
  const model = {
    pipeline: "live-video-to-video",
    model_id: "scope",
    url: "wss://runner.example/x?key=k",
    capacity: 2,
  };
  const flags = (models: unknown) => ["-aiWorker", "-aiServerless", "-aiModels", JSON.stringify(models)];
  const problem = (models: unknown) => check(...orchestrator, ...flags(models)).problems[0];

  it("is the one entry of -aiModels, with its price", () => {
    expect(asOrchestrator(...flags([model])).serverless).toEqual({
      ...{ url: model.url, capacity: 2, prices: [], paymentIntervalMs: 5000 },
    });
    expect(asOrchestrator(...flags([model])).ai).toBeUndefined();
    const paid = [...chain, "-pricePerUnit", "1", ...flags([{ ...model, price_per_unit: 5, pixels_per_unit: 2 }])];
    const [price] = asOrchestrator(...paid).serverless?.prices ?? [];
    expect([price?.capability, price?.modelId, price?.price.currency]).toEqual([35, "scope", ""]);
    expect(asOrchestrator("-aiWorker", "-aiModels", "text-to-image:a:true").serverless).toBeUndefined();
  });

  it.each<[unknown, RegExp]>([
    [[], /exactly one entry in -aiModels, this one has 0/],
    [[model, model], /this one has 2/],
    [[{ ...model, model_id: "other" }], /serves the pipeline "live-video-to-video" with the model "scope" only/],
    [[{ ...model, url: "https://runner.example" }], /starts with ws:\/\/ or wss:\/\//],
    [[{ ...model, capacity: 0 }], /needs a "capacity", a whole number from 1/],
    [[{ ...model, capacity: undefined }], /needs a "capacity"/],
    [[{ ...model, token: "t" }], /there is no setting "token" with -aiServerless/],
    ["text", /needs -aiModels as JSON with one entry/],
  ])("is refused when -aiModels is %j", (models, why) => {
    expect(problem(models)).toMatch(why);
    expect(problem(models)).not.toContain("key=k");
  });

  it("belongs to an orchestrator that does the work itself", () => {
    const needs = "-aiServerless needs -orchestrator -aiWorker: jobs of live video are not handed to remote workers";
    expect(check(...orchestrator, "-aiServerless", "-aiModels", JSON.stringify([model])).problems).toEqual([needs]);
    const remote = ["-orchSecret", "s", "-orchAddr", "o.example:1", ...flags([model])];
    expect(check(...remote).problems).toContain(needs);
  });
});
