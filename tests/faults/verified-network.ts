import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { CheatingOrchestrator } from "./cheating-orchestrator.ts";
import { ladder } from "./off-chain-network.ts";

/**
 * A gateway with a trusted orchestrator, whose transcoder is a machine of its own, and an untrusted one that cheats. Who is
 * trusted, and which streams are verified, is said by webhooks.
 */
export class VerifiedNetwork {
  readonly cheater: CheatingOrchestrator;
  /** Folder with the data of all nodes. */
  readonly folder: string;
  gatewayUrl = "";
  trustedUri = "";
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

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
    await this.cheater.stop();
    this.#webhooks?.close();
    this.#webhooks?.closeAllConnections();
  }

  async #start(): Promise<void> {
    const address = `127.0.0.1:${await freePort()}`;
    this.trustedUri = `https://${address}`;
    const secret = ["-orchSecret", "of one operator"];
    await this.#spawn("trusted", ["-orchestrator", "-serviceAddr", address, "-maxSessions", "50", ...secret]);
    await this.#spawn("transcoder", [
      ...["-transcoder", "-orchAddr", address, "-maxSessions", "50", "-transcoderPreset", "ultrafast", ...secret],
    ]);
    const webhooks = await this.#startWebhooks();
    const port = await freePort();
    this.gatewayUrl = `http://127.0.0.1:${port}`;
    await this.#spawn("gateway", [
      ...["-gateway", "-localVerify", "-verifyPictures", "1", "-verifyEvidence", this.evidence, "-maxSessions", "50"],
      ...["-httpAddr", `127.0.0.1:${port}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`, "-hedgeAfter", "0"],
      ...["-orchWebhookUrl", `${webhooks}/orchestrators`, "-authWebhookUrl", `${webhooks}/auth`],
    ]);
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

  async #spawn(name: string, args: readonly string[]): Promise<void> {
    const child = await ChildRole.start({
      name,
      args: [...args, "-dataDir", join(this.folder, name), "-v", "5"],
      env: {},
      logFile: join(this.folder, `${name}.log`),
      readyMs: 60_000,
    });
    this.#children.push(child);
  }
}
