import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { CheatingOrchestrator } from "./cheating-orchestrator.ts";
import { FailedPairsBucket } from "./failed-pairs-bucket.ts";
import { ladder } from "./off-chain-network.ts";
import type { Judgement } from "./picture-classifier.ts";

const classifierProgram = fileURLToPath(new URL("./picture-classifier.ts", import.meta.url));

/** Several nodes of one role on one machine: none has the usual admin port. */
const freeAdmin = ["-cliAddr", "127.0.0.1:0"];

/**
 * A gateway with a trusted orchestrator, whose transcoder is a machine of its own, and an untrusted one that cheats. Who is
 * trusted, and which streams are verified, is said by webhooks.
 */
export class VerifiedNetwork {
  readonly cheater: CheatingOrchestrator;
  /** Folder with the data of all nodes. */
  readonly folder: string;
  gatewayUrl = "";
  /** Of a gateway that asks a classifier, and keeps what differs in a Google bucket. */
  classifiedUrl = "";
  trustedUri = "";
  /** What the classifier was asked and answered. */
  readonly judgements: Judgement[] = [];
  /** Undefined where its server is not installed. */
  bucket: FailedPairsBucket | undefined;
  /** Streams whose results are compared. */
  readonly verified = new Set<string>();
  readonly #children: ChildRole[] = [];
  #webhooks: Server | undefined;

  private constructor(folder: string, cheater: CheatingOrchestrator) {
    this.folder = folder;
    this.cheater = cheater;
  }

  static async start(folder: string): Promise<VerifiedNetwork> {
    const network = new VerifiedNetwork(folder, await CheatingOrchestrator.start(folder));
    try {
      await network.#start();
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  /** Where the gateway keeps what differs. */
  get evidence(): string {
    return join(this.folder, "evidence");
  }

  /** What gateway and classifier both see. */
  get shared(): string {
    return join(this.folder, "shared");
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
    await this.cheater.stop();
    await this.bucket?.stop();
    this.#webhooks?.close();
    this.#webhooks?.closeAllConnections();
  }

  async #start(): Promise<void> {
    const address = `127.0.0.1:${await freePort()}`;
    this.trustedUri = `https://${address}`;
    const webhooks = await this.#startWebhooks();
    const gateway = async (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const port = await freePort();
      const listens = ["-httpAddr", `127.0.0.1:${port}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`, ...freeAdmin];
      const asks = ["-orchWebhookUrl", `${webhooks}/orchestrators`, "-authWebhookUrl", `${webhooks}/auth`];
      await this.#spawn(
        name,
        ["-gateway", "-maxSessions", "50", "-hedgeAfter", "0", ...listens, ...asks, ...args],
        env,
      );
      return `http://127.0.0.1:${port}`;
    };
    const [gatewayUrl, classifiedUrl] = await Promise.all([
      gateway("gateway", ["-localVerify", "-verifyPictures", "1", "-verifyEvidence", this.evidence]),
      this.#startClassifier().then(async (args) => {
        this.bucket = await FailedPairsBucket.start();
        return gateway("classified", [...args, ...(this.bucket?.flags ?? [])], this.bucket?.env);
      }),
      this.#startTrusted(address),
    ]);
    this.gatewayUrl = gatewayUrl;
    this.classifiedUrl = classifiedUrl;
  }

  async #startTrusted(address: string): Promise<void> {
    const secret = ["-orchSecret", "of one operator", "-maxSessions", "50", ...freeAdmin];
    await this.#spawn("trusted", ["-orchestrator", "-serviceAddr", address, ...secret]);
    await this.#spawn("transcoder", ["-transcoder", "-orchAddr", address, "-transcoderPreset", "ultrafast", ...secret]);
  }

  /** Returns the flags of a gateway that asks it. */
  async #startClassifier(): Promise<string[]> {
    await mkdir(this.shared, { recursive: true });
    const child = await ChildRole.start({
      ...{ name: "classifier", program: classifierProgram, args: [this.shared] },
      logFile: join(this.folder, "classifier.log"),
      onMessage: (message) => this.judgements.push(message as Judgement),
    });
    this.#children.push(child);
    return ["-verifierUrl", `http://127.0.0.1:${child.facts["port"]}/verify`, "-verifierPath", this.shared];
  }

  async #startWebhooks(): Promise<string> {
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces).toString();
      if (request.url === "/orchestrators") {
        const listed = [
          { address: this.trustedUri, score: 1 },
          { address: this.cheater.uri, score: 0 },
        ];
        response.end(JSON.stringify(listed));
        return;
      }
      const manifestID = new URL(JSON.parse(body).url).pathname.split("/")[2] ?? "";
      const verificationFreq = this.verified.has(manifestID) ? 1 : 0;
      response.end(JSON.stringify({ manifestID, profiles: ladder, verificationFreq }));
    });
    this.#webhooks = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #spawn(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    const child = await ChildRole.start({
      name,
      args: [...args, "-dataDir", join(this.folder, name), "-v", "5"],
      env,
      logFile: join(this.folder, `${name}.log`),
      readyMs: 60_000,
    });
    this.#children.push(child);
  }
}
