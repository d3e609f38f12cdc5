import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { NetworkStep } from "@livepeer-ts/data";
import { type Address, errorText, fromHex, LpError, privateKeyToAddress, toAddress } from "@livepeer-ts/kernel";
import { type ClipPublisher, publishClip } from "@livepeer-ts/media/adapters";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet, devnetDeployParams, openChainSession, planDeployment } from "@livepeer-ts/protocol/deploy";
import { ChildRole } from "../supervisor/child-role.ts";
import { buildWebApp } from "./build-web-app.ts";
import { developmentKeys } from "./development-keys.ts";
import {
  chainStatePath,
  checkProtocolId,
  clearNetworkFolder,
  type NetworkFile,
  readNetworkFile,
  writeNetworkFile,
} from "./network-file.ts";
import type { NetworkPorts } from "./network-ports.ts";
import { createSampleStream, findSampleStream, type SampleStream } from "./sample-stream.ts";

export type ServedModels = {
  /** As `-aiModels` takes it. */
  readonly list: string;
  /** As `-aiModelsDir` takes it; undefined: the worker's own. */
  readonly folder: string | undefined;
};

export type LocalNetworkOptions = {
  /** Data directory. One that holds a network is continued: same chain, same money, same streams. */
  readonly folder: string;
  readonly ports: NetworkPorts;
  /** Seconds between blocks; fractions allowed. */
  readonly blockTimeSec: number;
  /** Models that a worker of this network serves, asked for while the network starts. Absent: there is no worker. */
  readonly aiModels?: () => Promise<ServedModels | undefined>;
  /** Told about every change of a step. */
  readonly onStep: (step: NetworkStep) => void;
};

type OrchestratorPlan = {
  readonly name: string;
  readonly key: `0x${string}`;
  readonly address: Address;
  readonly stakeWei: bigint;
  readonly rewardCut: bigint;
  readonly feeShare: bigint;
  readonly pricePerUnit: number;
  readonly port: number;
};

const lpt = 10n ** 18n;
const password = "local-network";
/** What other people staked with each orchestrator. */
const delegatedWei = 40_000n * lpt;
const depositWei = lpt;
const reserveWei = lpt;
/** A face value that wins two tickets in five with the default expected value, and pays for its redemption many times over. */
const maxFaceValueWei = "20000000000";
const comesBackMs = 18_000;
const clipFile = fileURLToPath(new URL("../../../layers/02-media/assets/bunny-720p.mp4", import.meta.url));
const cacheFolder = fileURLToPath(new URL("../../../.cache", import.meta.url));

/** A whole network on this machine: chain, contracts, two orchestrators, a gateway, the platform, a sample stream. Each part is a process. */
export class LocalNetwork {
  readonly #options: LocalNetworkOptions;
  readonly #token = randomBytes(24).toString("hex");
  #apiKey: string = randomUUID();
  readonly #plans: readonly OrchestratorPlan[];
  readonly #orchestrators = new Map<Address, ChildRole>();
  readonly #steps: NetworkStep[];
  readonly #restarts = new Set<NodeJS.Timeout>();
  #anvil: Anvil | undefined;
  #controller: string | undefined;
  #startBlock = 0n;
  #gateway: ChildRole | undefined;
  #aiWorker: Promise<ChildRole | undefined> = Promise.resolve(undefined);
  #platform: ChildRole | undefined;
  #publisher: ClipPublisher | undefined;
  #sample: SampleStream | undefined;
  #stopping = false;

  constructor(options: LocalNetworkOptions) {
    this.#options = options;
    this.#plans = developmentKeys.orchestrators.map((key, i) => ({
      name: `orchestrator-${"ab"[i]}`,
      key,
      address: privateKeyToAddress(fromHex(key)),
      stakeWei: (i === 0 ? 200_000n : 120_000n) * lpt,
      rewardCut: i === 0 ? 100_000n : 150_000n,
      feeShare: i === 0 ? 400_000n : 500_000n,
      pricePerUnit: i === 0 ? 400 : 380,
      port: options.ports.orchestrators[i] as number,
    }));
    this.#steps = [
      "build the web pages",
      "start the chain",
      "deploy the contracts and register two orchestrators",
      "start the platform",
      "start orchestrator A",
      "start orchestrator B",
      "start the gateway",
      "publish the sample stream",
    ].map((name) => ({ name, state: "waiting", detail: null, ms: null }));
  }

  get apiKey(): string {
    return this.#apiKey;
  }

  get platformUrl(): string {
    return `http://127.0.0.1:${this.#options.ports.platform}`;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.#options.ports.gatewayHttp}`;
  }

  get rtmpUrl(): string {
    return `rtmp://127.0.0.1:${this.#options.ports.gatewayRtmp}/live`;
  }

  /** Where orchestrator A takes capabilities and workers, and what they must know. */
  get registration(): { readonly url: string; readonly secret: string } {
    return { url: `https://127.0.0.1:${this.#options.ports.orchestrators[0]}`, secret: this.#token };
  }

  get chainUrl(): string {
    return `http://127.0.0.1:${this.#options.ports.chain}`;
  }

  get controller(): string {
    return this.#controller ?? "";
  }

  /** Block after the set-up, from which money is counted. */
  get startBlock(): bigint {
    return this.#startBlock;
  }

  get sample(): SampleStream | undefined {
    return this.#sample;
  }

  get gatewayAddress(): Address {
    return privateKeyToAddress(fromHex(developmentKeys.gateway));
  }

  get fundedWei(): { readonly depositWei: bigint; readonly reserveWei: bigint } {
    return { depositWei, reserveWei };
  }

  /** Accounts that own stake: the orchestrators and those who staked with them. */
  get stakers(): readonly Address[] {
    const delegators = developmentKeys.delegators.map((key) => privateKeyToAddress(fromHex(key)));
    return [...this.#plans.map((plan) => plan.address), ...delegators];
  }

  get orchestrators(): readonly { readonly address: Address; readonly name: string; readonly folder: string }[] {
    return this.#plans.map(({ address, name }) => ({ address, name, folder: join(this.#options.folder, name) }));
  }

  /** Process ids of everything that runs. */
  get pids(): readonly number[] {
    const pids = [this.#anvil?.pid, this.#platform?.pid, this.#gateway?.pid, this.#publisher?.pid];
    for (const child of this.#orchestrators.values()) pids.push(child.pid);
    return pids.filter((pid): pid is number => pid !== undefined && pid > 0);
  }

  /** Starts everything in order. Rejects with the failed part's own sentence; call `stop` then too. */
  async start(): Promise<void> {
    const { folder, ports, blockTimeSec } = this.#options;
    const earlier = await readNetworkFile(folder);
    const protocolId = currentProtocolId();
    if (earlier === undefined) await clearNetworkFolder(folder);
    else {
      checkProtocolId(earlier, protocolId, folder);
      this.#steps[2] = { ...(this.#steps[2] as NetworkStep), name: "take up the network of the last run" };
    }
    const webFolder = await this.#step(0, () => buildWebApp(cacheFolder));
    await this.#step(1, async () => {
      this.#anvil = await startAnvil({ port: ports.chain, blockTimeSec, statePath: chainStatePath(folder) });
    });
    await this.#step(2, () => (earlier === undefined ? this.#bringUp() : this.#continue(earlier)));
    await this.#step(3, () => this.#startPlatform(webFolder));
    this.#tellPlatform();
    const [first, second] = this.#plans as [OrchestratorPlan, OrchestratorPlan];
    await Promise.all([
      this.#step(4, () => this.#startOrchestrator(first)),
      this.#step(5, () => this.#startOrchestrator(second)),
    ]);
    await this.#step(6, () => this.#startGateway());
    this.#aiWorker = this.#startAiWorker(first);
    await this.#step(7, () => this.#startSample(earlier?.sample ?? undefined));
    await writeNetworkFile(folder, {
      ports,
      protocolId,
      controller: this.controller,
      startBlock: this.#startBlock.toString(),
      apiKey: this.#apiKey,
      sample: this.#sample ?? null,
    });
    this.#tellPlatform();
  }

  /** Kills an orchestrator's process with SIGKILL; it comes back after 18 s unless `stays` is set. */
  killOrchestrator(address: Address, stays = false): { readonly returnsInMs: number } {
    const child = this.#orchestrators.get(address);
    const plan = this.#plans.find((candidate) => candidate.address === address);
    if (child === undefined || plan === undefined) {
      throw new LpError({
        code: "orchestrator_unknown",
        message: `no orchestrator of this network has the account ${address}`,
      });
    }
    if (!child.isRunning) {
      throw new LpError({
        code: "orchestrator_stopped",
        message: "this orchestrator is stopped already and will come back by itself",
      });
    }
    child.kill("SIGKILL");
    if (!stays) {
      const timer = setTimeout(() => {
        this.#restarts.delete(timer);
        if (this.#stopping) return;
        this.#startOrchestrator(plan).then(
          () => this.#tellPlatform(),
          (error: unknown) => process.stderr.write(`${plan.name} did not come back: ${String(error)}\n`),
        );
      }, comesBackMs);
      this.#restarts.add(timer);
    }
    return { returnsInMs: comesBackMs };
  }

  /** Stops the publisher, as when an encoder is switched off. */
  async stopPublisher(): Promise<void> {
    await this.#publisher?.stop();
  }

  /** Stops everything; resolves when every process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await this.#publisher?.stop();
    await this.#gateway?.stop();
    await (await this.#aiWorker)?.stop();
    await Promise.all([...this.#orchestrators.values()].map((child) => child.stop()));
    await this.#platform?.stop();
    await this.#anvil?.stop();
  }

  async #step<T>(index: number, run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    this.#setStep(index, { state: "running" });
    try {
      const result = await run();
      this.#setStep(index, { state: "done", ms: Math.round(performance.now() - started) });
      return result;
    } catch (error) {
      this.#setStep(index, { state: "failed", detail: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  #setStep(index: number, change: Partial<NetworkStep>): void {
    const step = { ...(this.#steps[index] as NetworkStep), ...change };
    this.#steps[index] = step;
    this.#options.onStep(step);
    this.#tellPlatform();
  }

  #tellPlatform(): void {
    this.#platform?.send({
      type: "local-network",
      status: {
        phase: this.#steps.every((step) => step.state === "done") ? "ready" : "starting",
        steps: this.#steps,
        rtmpUrl: this.rtmpUrl,
        samplePlaybackId: this.#sample?.playbackId ?? null,
        stoppedOrchestrators: [...this.#orchestrators]
          .filter(([, child]) => !child.isRunning)
          .map(([address]) => address),
      },
    });
  }

  async #bringUp(): Promise<void> {
    const { folder } = this.#options;
    const devnet = await bringUpDevnet({
      rpcUrl: this.chainUrl,
      deployerKey: developmentKeys.deployer,
      orchestrators: this.#plans.map((plan) => ({
        key: plan.key,
        amountWei: plan.stakeWei,
        rewardCut: plan.rewardCut,
        feeShare: plan.feeShare,
        serviceUri: `https://127.0.0.1:${plan.port}`,
      })),
      delegators: this.#plans.map((plan, i) => ({
        key: developmentKeys.delegators[i] as `0x${string}`,
        to: plan.address,
        amountWei: delegatedWei,
      })),
      gateways: [{ key: developmentKeys.gateway, depositWei, reserveWei }],
    });
    this.#controller = devnet.addresses.Controller;
    this.#startBlock = await devnet.chain.session.blockNumber();
    for (const [name, key] of [
      ...this.#plans.map((plan) => [plan.name, plan.key] as const),
      ["gateway", developmentKeys.gateway] as const,
    ]) {
      await new KeystoreDir(join(folder, name, "keystore")).create(password, {
        privateKey: fromHex(key),
        strength: "light",
      });
    }
  }

  /** Takes over what an earlier run left, after a look at the chain. */
  async #continue(earlier: NetworkFile): Promise<void> {
    const session = await openChainSession({ rpcUrl: this.chainUrl, blocks: "request" }, devnetDeployParams.chainId);
    if (!(await session.hasCode(toAddress(earlier.controller)))) {
      throw new LpError({
        code: "chain_state_missing",
        message: `the chain in ${chainStatePath(this.#options.folder)} is missing or damaged: run npm start -- --reset to begin again`,
      });
    }
    this.#controller = earlier.controller;
    this.#startBlock = BigInt(earlier.startBlock);
    this.#apiKey = earlier.apiKey;
  }

  #chainFlags(name: string, address: Address): string[] {
    const { folder, blockTimeSec } = this.#options;
    return [
      ...["-network", "devnet", "-ethUrl", this.chainUrl, "-ethController", this.controller],
      ...["-ethAcctAddr", address, "-ethPassword", password, "-dataDir", join(folder, name)],
      ...["-blockPollingInterval", String(Math.min(1, blockTimeSec))],
      ...["-eventsUrl", `${this.platformUrl}/internal/events`, "-cliAddr", "127.0.0.1:0"],
    ];
  }

  async #startRole(name: string, args: readonly string[]): Promise<ChildRole> {
    return ChildRole.start({
      name,
      args,
      env: { LP_EVENTSTOKEN: this.#token },
      logFile: join(this.#options.folder, "logs", `${name}.log`),
    });
  }

  async #startOrchestrator(plan: OrchestratorPlan): Promise<void> {
    const child = await this.#startRole(plan.name, [
      "-orchestrator",
      "-transcoder",
      ...this.#chainFlags(plan.name, plan.address),
      ...["-serviceAddr", `127.0.0.1:${plan.port}`, "-transcoderPreset", "veryfast"],
      ...["-pricePerUnit", String(plan.pricePerUnit), "-maxFaceValue", maxFaceValueWei],
      ...["-reward", "-initializeRound", "-initializeRoundMaxDelay", "500ms"],
      // AI workers attach with it
      ...(this.#options.aiModels === undefined ? [] : ["-orchSecret", this.#token]),
    ]);
    this.#orchestrators.set(plan.address, child);
    void child.exited.then(() => {
      if (!this.#stopping) this.#tellPlatform();
    });
  }

  /** The worker of this machine's models; the network goes on without it when it cannot start. */
  async #startAiWorker(plan: OrchestratorPlan): Promise<ChildRole | undefined> {
    const name = "ai-worker";
    try {
      const models = await this.#options.aiModels?.();
      if (models === undefined || this.#stopping) return undefined;
      return await this.#startRole(name, [
        ...["-aiWorker", "-aiModels", models.list, "-orchAddr", `127.0.0.1:${plan.port}`, "-orchSecret", this.#token],
        ...(models.folder === undefined ? [] : ["-aiModelsDir", models.folder]),
        ...["-dataDir", join(this.#options.folder, name), "-cliAddr", "127.0.0.1:0"],
      ]);
    } catch (error) {
      process.stderr.write(`the AI models are not served: ${errorText(error)}\n`);
      return undefined;
    }
  }

  async #startGateway(): Promise<void> {
    const { ports } = this.#options;
    const webhook = new URL(`${this.platformUrl}/api/stream/hook`);
    webhook.username = "node";
    webhook.password = this.#token;
    this.#gateway = await this.#startRole("gateway", [
      "-gateway",
      ...this.#chainFlags("gateway", this.gatewayAddress),
      ...["-httpAddr", `127.0.0.1:${ports.gatewayHttp}`, "-rtmpAddr", `127.0.0.1:${ports.gatewayRtmp}`],
      ...["-authWebhookUrl", webhook.href, "-redrawSegments", "1"],
      ...["-allowEgress", ports.orchestrators.map((port) => `127.0.0.1:${port}`).join(",")],
    ]);
  }

  async #startPlatform(webFolder: string): Promise<void> {
    const { folder, ports } = this.#options;
    this.#platform = await ChildRole.start({
      name: "platform",
      args: [
        "platform",
        ...["--port", String(ports.platform), "--data-dir", join(folder, "platform"), "--cache-dir", cacheFolder],
        ...["--web-dir", webFolder, "--gateway-url", this.gatewayUrl],
        ...["--chain-url", this.chainUrl, "--controller", this.controller, "--devnet"],
      ],
      env: { LP_EVENTSTOKEN: this.#token, LIVEPEER_API_KEY: this.#apiKey },
      logFile: join(folder, "logs", "platform.log"),
      readyMs: 60_000,
      onMessage: (message) => this.#onPlatformMessage(message),
    });
  }

  #onPlatformMessage(message: unknown): void {
    const request = message as { type?: string; id?: number; address?: string };
    if (request.type !== "stop-orchestrator" || request.id === undefined) return;
    try {
      const result = this.killOrchestrator(toAddress(request.address ?? ""));
      this.#platform?.send({ type: "stop-orchestrator-result", id: request.id, ...result });
    } catch (error) {
      const code = error instanceof LpError ? error.code : "orchestrator_unknown";
      this.#platform?.send({
        type: "stop-orchestrator-result",
        id: request.id,
        code,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async #startSample(earlier: SampleStream | undefined): Promise<void> {
    const apiUrl = `${this.platformUrl}/api`;
    this.#sample =
      (earlier && (await findSampleStream(apiUrl, this.#apiKey, earlier))) ??
      (await createSampleStream(apiUrl, this.#apiKey));
    await readFile(clipFile); // a missing clip is a clear error here, not a silent ffmpeg
    this.#publisher = publishClip({ clip: clipFile, rtmpUrl: `${this.rtmpUrl}/${this.#sample.streamKey}` });
  }
}

/** Hash over every transaction of the deployment: other contracts or parameters give another id. */
function currentProtocolId(): string {
  const deployer = privateKeyToAddress(fromHex(developmentKeys.deployer));
  const { steps } = planDeployment(deployer, 0, devnetDeployParams);
  const hash = createHash("sha256");
  for (const step of steps) hash.update(step.to ?? "create").update(step.data);
  return hash.digest("hex");
}
