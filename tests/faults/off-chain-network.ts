import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";

/** Small renditions, so that two cores are enough for a test. */
export const ladder = [
  { name: "low", width: 256, height: 144, bitrate: 200_000, fps: 0 },
  { name: "tiny", width: 228, height: 128, bitrate: 100_000, fps: 0 },
] as const;

/** A stream as the platform's API tells of it. */
export type ApiStream = {
  readonly id: string;
  readonly streamKey: string;
  readonly playbackId: string;
  readonly isActive: boolean;
  readonly sourceSegments: number;
};

/** A gateway's process and where it listens. */
export class GatewayProcess {
  readonly httpPort: number;
  readonly rtmpPort: number;
  readonly #start: () => Promise<ChildRole>;
  child: ChildRole;

  constructor(ports: { http: number; rtmp: number }, child: ChildRole, start: () => Promise<ChildRole>) {
    this.httpPort = ports.http;
    this.rtmpPort = ports.rtmp;
    this.child = child;
    this.#start = start;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get rtmpUrl(): string {
    return `rtmp://127.0.0.1:${this.rtmpPort}/live`;
  }

  /** Starts the same gateway again after it ended. */
  async restart(): Promise<void> {
    this.child = await this.#start();
  }
}

export type OffChainOptions = {
  /** Real orchestrators that transcode themselves. */
  readonly orchestrators: number;
  /** Remote transcoders of one further orchestrator, which has none of its own. */
  readonly transcoders: number;
  /** `host:port` of further ones. */
  readonly others: readonly string[];
  /** Data directory of each gateway. */
  readonly gatewayFolders: readonly string[];
};

/** Every fault gets streams of its own. */
const maxSessions = "100";
const token = "off-chain-test";
const apiKey = "6a1f0dd2-4c3a-4a57-9f0e-2f7a3ce8c7a1";
const cacheFolder = new URL("../../.cache/test-platform", import.meta.url).pathname;

/** A network without a chain: the platform, orchestrators and gateways, each a process of its own. */
export class OffChainNetwork {
  readonly folder: string;
  readonly orchestrators: ChildRole[] = [];
  readonly transcoders: ChildRole[] = [];
  readonly gateways: GatewayProcess[] = [];
  readonly #children: ChildRole[] = [];
  #platformPort = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Starts all processes. Rejects, with nothing left running, when one cannot be started. */
  static async start(options: OffChainOptions): Promise<OffChainNetwork> {
    const network = new OffChainNetwork(await mkdtemp(join(tmpdir(), "livepeer-faults-")));
    try {
      await network.#start(options);
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  /** Path of a process's log: `gateway-0`, `orchestrator-1`, `platform`. */
  logFile(name: string): string {
    return join(this.folder, `${name}.log`);
  }

  createStream(name: string): Promise<ApiStream> {
    return this.#api("POST", "/stream", { name, profiles: ladder });
  }

  readStream(stream: Pick<ApiStream, "id">): Promise<ApiStream> {
    return this.#api("GET", `/stream/${stream.id}`);
  }

  /** Stops everything, also what is frozen, and removes the data. */
  async stop(): Promise<void> {
    for (const child of this.#children) if (child.isRunning) child.kill("SIGCONT");
    await Promise.all(this.#children.map((child) => child.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }

  async #start(options: OffChainOptions): Promise<void> {
    this.#platformPort = await freePort();
    const gatewayPorts: { http: number; rtmp: number }[] = [];
    for (const _ of options.gatewayFolders) gatewayPorts.push({ http: await freePort(), rtmp: await freePort() });
    const addresses: string[] = [];
    for (let i = 0; i < options.orchestrators; i++) addresses.push(`127.0.0.1:${await freePort()}`);
    const [, ...orchestrators] = await Promise.all([
      this.#spawn("platform", [
        ...["platform", "--port", String(this.#platformPort), "--data-dir", join(this.folder, "platform")],
        ...["--cache-dir", cacheFolder, "--gateway-url", `http://127.0.0.1:${gatewayPorts[0]?.http}`],
      ]),
      ...addresses.map((address, i) =>
        this.#spawn(`orchestrator-${i}`, [
          ...["-orchestrator", "-transcoder", "-serviceAddr", address, "-transcoderPreset", "ultrafast", "-v", "5"],
          ...["-dataDir", join(this.folder, `orchestrator-${i}`), "-maxSessions", maxSessions],
        ]),
      ),
    ]);
    this.orchestrators.push(...orchestrators);
    const managed = await this.#startRemote(options.transcoders);
    const ladderFile = join(this.folder, "ladder.json");
    await writeFile(ladderFile, JSON.stringify(ladder));
    for (const [i, folder] of options.gatewayFolders.entries()) {
      await mkdir(folder, { recursive: true });
      const ports = gatewayPorts[i] as { http: number; rtmp: number };
      const start = () =>
        this.#spawn(`gateway-${i}`, [
          ...["-gateway", "-dataDir", folder, "-transcodingOptions", ladderFile, "-redrawSegments", "1"],
          ...["-maxSessions", maxSessions],
          ...["-httpAddr", `127.0.0.1:${ports.http}`, "-rtmpAddr", `127.0.0.1:${ports.rtmp}`],
          ...["-orchAddr", [...addresses, ...managed, ...options.others].join(",")],
          ...["-authWebhookUrl", `http://node:${token}@127.0.0.1:${this.#platformPort}/api/stream/hook`],
          ...["-eventsUrl", `http://127.0.0.1:${this.#platformPort}/internal/events`],
        ]);
      this.gateways.push(new GatewayProcess(ports, await start(), start));
    }
  }

  /** An orchestrator and its transcoders. Returns where it is reached; nowhere without transcoders. */
  async #startRemote(count: number): Promise<string[]> {
    if (count === 0) return [];
    const address = `127.0.0.1:${await freePort()}`;
    const secret = ["-orchSecret", "shared by the machines of one operator"];
    this.orchestrators.push(
      await this.#spawn("orchestrator-remote", [
        ...["-orchestrator", "-serviceAddr", address, "-maxSessions", "auto", ...secret, "-v", "5"],
        ...["-dataDir", join(this.folder, "orchestrator-remote")],
      ]),
    );
    for (let i = 0; i < count; i++) {
      this.transcoders.push(
        await this.#spawn(`transcoder-${i}`, [
          ...["-transcoder", "-orchAddr", address, ...secret, "-maxSessions", maxSessions, "-v", "5"],
          ...["-transcoderPreset", "ultrafast", "-dataDir", join(this.folder, `transcoder-${i}`)],
        ]),
      );
    }
    return [address];
  }

  async #spawn(name: string, args: readonly string[]): Promise<ChildRole> {
    const child = await ChildRole.start({
      name,
      args,
      env: { LP_EVENTSTOKEN: token, LIVEPEER_API_KEY: apiKey },
      logFile: this.logFile(name),
      readyMs: 60_000,
    });
    this.#children.push(child);
    return child;
  }

  async #api<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.#platformPort}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}
