import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildRole } from "../node/src/supervisor/child-role.ts";
import { freePort } from "../node/src/supervisor/free-port.ts";
import { inspectable, type Kept, keptMemory } from "./sessions/kept-memory.ts";

/** The node with an engine that encodes nothing. */
export const remuxNode = fileURLToPath(new URL("../tests/support/remux-node.ts", import.meta.url));

/** A gateway's process and where it listens. */
export type BenchGateway = {
  readonly node: ChildRole;
  readonly url: string;
  readonly rtmpPort: number;
};

/** The node processes of one part of the bench, each with a folder of its own, and what they leave behind. */
export class BenchNodes {
  readonly folder: string;
  readonly #nodes: ChildRole[] = [];
  readonly #inspectors = new Map<ChildRole, number>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Runs `work` with an empty set of nodes; stops them and removes their folder whatever comes of it. */
  static async with<T>(work: (nodes: BenchNodes) => Promise<T>): Promise<T> {
    const nodes = new BenchNodes(await mkdtemp(join(tmpdir(), "livepeer-bench-")));
    try {
      return await work(nodes);
    } finally {
      await nodes.stopAll();
      await rm(nodes.folder, { recursive: true, force: true });
    }
  }

  /** Starts a node with these flags. `program`: default the product's own. */
  async start(name: string, args: readonly string[], program?: string): Promise<ChildRole> {
    const inspector = await freePort();
    const node = await ChildRole.start({
      name,
      args: [...args, "-dataDir", join(this.folder, name)],
      env: inspectable(inspector),
      logFile: join(this.folder, `${name}.log`),
      ...(program === undefined ? {} : { program }),
    });
    this.#nodes.push(node);
    this.#inspectors.set(node, inspector);
    return node;
  }

  /** What a node keeps in memory. */
  kept(node: ChildRole): Promise<Kept> {
    return keptMemory(node.pid, this.#inspectors.get(node) ?? 0);
  }

  /** An orchestrator that transcodes itself; its address. */
  async startOrchestrator(
    args: readonly string[] = [],
    program?: string,
  ): Promise<{ node: ChildRole; address: string }> {
    const address = `127.0.0.1:${await freePort()}`;
    const all = ["-orchestrator", "-serviceAddr", address, "-cliAddr", "127.0.0.1:0", "-maxSessions", "1000", ...args];
    return { node: await this.start(`orchestrator-${this.#nodes.length}`, all, program), address };
  }

  async startGateway(orchestrators: readonly string[], transcodingOptions: string): Promise<BenchGateway> {
    const [httpPort, rtmpPort] = [await freePort(), await freePort()];
    const node = await this.start(`gateway-${this.#nodes.length}`, [
      ...["-gateway", "-transcodingOptions", transcodingOptions, "-orchAddr", orchestrators.join(",")],
      ...["-httpAddr", `127.0.0.1:${httpPort}`, "-rtmpAddr", `127.0.0.1:${rtmpPort}`],
      ...["-cliAddr", "127.0.0.1:0", "-maxSessions", "1000"],
    ]);
    return { node, url: `http://127.0.0.1:${httpPort}`, rtmpPort };
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()));
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The middle and the worst of some figures. */
export function spreadOf(values: readonly number[], digits = 0): { middle: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => Number((sorted[index] ?? Number.NaN).toFixed(digits));
  return { middle: at(Math.floor(sorted.length / 2)), worst: at(sorted.length - 1) };
}
