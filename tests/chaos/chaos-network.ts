import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { Victim } from "./victim.ts";

const remuxProgram = fileURLToPath(new URL("../support/remux-node.ts", import.meta.url));
/** Time a segment takes in the engine without an encoder: long enough that a kill finds segments under way. */
const env = { REMUX_COST_MS: "400" };
const maxSessions = "100";
/** Several nodes of one role on one machine: none has the usual admin port. */
const freeAdmin = ["-cliAddr", "127.0.0.1:0"];
const secret = ["-orchSecret", "shared by the machines of one operator"];

/** One gateway with the machines that work for it. */
export type ChaosGroup = {
  readonly name: "remux" | "real";
  readonly httpPort: number;
  readonly rtmpPort: number;
  readonly profiles: readonly string[];
  /** Machines that may be killed. Those of one `path` stand and fall together for the gateway. */
  readonly victims: readonly Victim[];
};

type Ladder = readonly { readonly name: string; width: number; height: number; bitrate: number; fps: number }[];

const ladders: Readonly<Record<ChaosGroup["name"], Ladder>> = {
  remux: [
    { name: "low", width: 256, height: 144, bitrate: 200_000, fps: 0 },
    { name: "tiny", width: 160, height: 90, bitrate: 100_000, fps: 0 },
  ],
  real: [{ name: "tiny", width: 160, height: 90, bitrate: 100_000, fps: 0 }],
};

/** Gateways, orchestrators and transcoders without a chain, each a process of its own. */
export class ChaosNetwork {
  readonly groups: ChaosGroup[] = [];
  readonly #folder: string;
  readonly #gateways: ChildRole[] = [];
  readonly #victims: Victim[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts everything; rejects, with nothing left running, when a part cannot be started. */
  static async start(folder: string): Promise<ChaosNetwork> {
    const network = new ChaosNetwork(folder);
    try {
      network.groups.push(
        ...(await allStarted([() => network.#startGroup("remux", 3), () => network.#startGroup("real", 2)])),
      );
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  get victims(): readonly Victim[] {
    return this.#victims;
  }

  /** Rejects when a gateway is gone: it is not among those that are killed. */
  check(): void {
    const gone = this.#gateways.find((gateway) => !gateway.isRunning);
    if (gone !== undefined) throw new Error(`${gone.name} ended by itself: see ${join(this.#folder, gone.name)}.log`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#victims.map((victim) => victim.stop()));
    await Promise.all(this.#gateways.map((gateway) => gateway.stop()));
  }

  async #startGroup(name: ChaosGroup["name"], own: number): Promise<ChaosGroup> {
    const start = async (victim: string, path: string, kind: Victim["kind"], args: readonly string[]) => {
      const machine = await Victim.start(
        { name: victim, path, kind },
        {
          name: victim,
          args: [...args, "-dataDir", join(this.#folder, victim), "-maxSessions", maxSessions, ...freeAdmin],
          logFile: join(this.#folder, `${victim}.log`),
          readyMs: 60_000,
          ...(name === "remux" ? { program: remuxProgram, env } : {}),
        },
      );
      this.#victims.push(machine);
      return machine;
    };
    const ports = await Promise.all(Array.from({ length: own + 3 }, () => freePort()));
    const [httpPort, rtmpPort, ...nodePorts] = ports as [number, number, ...number[]];
    const addresses = nodePorts.map((port) => `127.0.0.1:${port}`);
    const managed = addresses[own] as string;
    const path = `${name}-orchestrator-remote`;
    const orchestrators = addresses.slice(0, own).map((address, i) => async () => {
      const orchestrator = `${name}-orchestrator-${i}`;
      const serves = ["-orchestrator", "-transcoder", "-transcoderPreset", "ultrafast", "-serviceAddr", address];
      return [await start(orchestrator, orchestrator, "orchestrator", serves)];
    });
    const remote = async () => {
      const machines = [await start(path, path, "orchestrator", ["-orchestrator", "-serviceAddr", managed, ...secret])];
      const serves = ["-transcoder", "-transcoderPreset", "ultrafast", "-orchAddr", managed, ...secret];
      const transcoders = [0, 1].map((i) => () => start(`${name}-transcoder-${i}`, path, "transcoder", serves));
      return [...machines, ...(await allStarted(transcoders))];
    };
    const gateway = async () => {
      await this.#startGateway(name, { httpPort, rtmpPort, addresses });
      return [];
    };
    // in this order whichever is ready first: a seed names the same machines each time
    const victims = (await allStarted([...orchestrators, remote, gateway])).flat();
    return { name, httpPort, rtmpPort, profiles: ladders[name].map((profile) => profile.name), victims };
  }

  async #startGateway(
    name: ChaosGroup["name"],
    where: { readonly httpPort: number; readonly rtmpPort: number; readonly addresses: readonly string[] },
  ): Promise<void> {
    const folder = join(this.#folder, `${name}-gateway`);
    await mkdir(folder, { recursive: true });
    const ladder = join(folder, "ladder.json");
    await writeFile(ladder, JSON.stringify(ladders[name]));
    this.#gateways.push(
      await ChildRole.start({
        name: `${name}-gateway`,
        args: [
          ...["-gateway", "-dataDir", folder, "-transcodingOptions", ladder, "-maxSessions", maxSessions],
          ...["-httpAddr", `127.0.0.1:${where.httpPort}`, "-rtmpAddr", `127.0.0.1:${where.rtmpPort}`],
          ...["-orchAddr", where.addresses.join(","), ...freeAdmin],
        ],
        logFile: join(this.#folder, `${name}-gateway.log`),
        readyMs: 60_000,
      }),
    );
  }
}

/** Starts all side by side. Rejects when one cannot be started, once the others have ended starting. */
async function allStarted<T>(starts: readonly (() => Promise<T>)[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(starts.map((start) => start()));
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
