import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BandwidthMeter } from "@livepeer-ts/compute";
import type { OrchestratorRole } from "@livepeer-ts/execution";
import { errorText, type HttpHandler, type LpError } from "@livepeer-ts/kernel";
import { type ConnectionPort, type HttpHost, openConnectionPort, startHttpHost } from "@livepeer-ts/kernel/adapters";
import type { BindAddress } from "../flags/bind-address.ts";
import type { ProcessPorts } from "../process-ports.ts";
import type { CoreStart } from "./core-messages.ts";
import { CoreProcess, type CoreProcessDeps, endText } from "./core-process.ts";
import { booksHost, coreHost, socketPathIn } from "./core-sockets.ts";
import { fromHandedOn } from "./handed-on.ts";
import { leastBusy, WorkShares } from "./least-busy.ts";
import { makeCalls } from "./sent-metrics.ts";

/** Open connections of the port, over all processes. */
const maxConnections = 4096;
/** Requests that are handed on at once, each on a connection of its own. */
const maxHandedOn = 8192;
/** A request that is handed on may be silent this long: a transcoder without work is, ms. */
const handedOnIdleMs = 24 * 3600 * 1000;
/** Request bodies that are handed on, bytes. */
const handedOnBytes = 2 * 1024 ** 3;
/** A process that lived shorter than this is replaced after a wait that doubles, ms. */
const shortLifeMs = 30_000;
const firstWaitMs = 500;
const maxWaitMs = 30_000;
/** Failed starts in a row with no process left that serves; then the node ends. */
const maxFailedStarts = 5;

export type CorePoolOptions = {
  readonly address: BindAddress;
  readonly start: Omit<CoreStart, "type" | "number" | "port" | "socketFolder" | "logLevel">;
};

export type CorePoolDeps = ProcessPorts & {
  readonly role: Pick<OrchestratorRole, "books" | "onSessionEnd">;
  /** Everything that core processes hand on. */
  readonly handler: HttpHandler;
  readonly bandwidth?: Pick<BandwidthMeter, "add"> | undefined;
};

/** A core process, for people. */
export type CoreStatus = {
  readonly number: number;
  readonly pid: number;
  readonly startedAt: number;
  readonly connections: number;
  readonly segments: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
};

/** The processes that serve one port; those that end are replaced. */
export class CorePool {
  readonly #options: CorePoolOptions;
  readonly #deps: CorePoolDeps;
  readonly #cores = new Map<number, CoreProcess>();
  readonly #shares = new WorkShares();
  readonly #failed = Promise.withResolvers<Error>();
  readonly #folder: string;
  readonly #host: HttpHost;
  #port: ConnectionPort | undefined;
  #isStopping = false;

  private constructor(options: CorePoolOptions, deps: CorePoolDeps, folder: string, host: HttpHost) {
    this.#options = options;
    this.#deps = deps;
    this.#folder = folder;
    this.#host = host;
  }

  /** Resolves when all of them serve. Rejects with `port_in_use`, `core_failed`. */
  static async start(options: CorePoolOptions, deps: CorePoolDeps): Promise<CorePool> {
    const folder = await mkdtemp(join(tmpdir(), "livepeer-cores-"));
    let pool: CorePool | undefined;
    try {
      const host = await startHttpHost(
        {
          port: 0,
          socketPath: socketPathIn(folder)(booksHost),
          h2c: true,
          maxConnections: maxHandedOn,
          maxConnectionsPerPeer: maxHandedOn,
          idleTimeoutMs: handedOnIdleMs,
          bodies: { totalBytes: handedOnBytes, perPeerBytes: handedOnBytes },
        },
        fromHandedOn(deps.handler),
        deps.logger,
      );
      pool = new CorePool(options, deps, folder, host);
      await pool.#open();
      return pool;
    } catch (error) {
      await (pool?.stop() ?? rm(folder, { recursive: true, force: true }));
      throw error;
    }
  }

  get port(): number {
    return this.#port?.port ?? 0;
  }

  /** Resolves when no process can be kept running any more. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  status(): CoreStatus[] {
    return [...this.#cores.values()]
      .sort((a, b) => a.number - b.number)
      .map((core) => ({
        number: core.number,
        pid: core.pid,
        startedAt: core.startedAt,
        connections: core.connections,
        segments: core.desk.admittedCount,
        ...core.use,
      }));
  }

  /** Takes no connection more, lets the processes end what they have, and waits for them. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = this.#port?.close();
    await Promise.all([...this.#cores.values()].map((core) => core.stop()));
    await closed;
    await this.#host.stop(0);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #open(): Promise<void> {
    const { role, logLevel } = this.#deps;
    logLevel.onSet((level) => {
      for (const core of this.#cores.values()) core.send({ type: "log-level", level });
    });
    this.#port = await openConnectionPort(this.#options.address, (socket) => this.#hand(socket));
    role.onSessionEnd((sessionId) => {
      for (const core of this.#cores.values()) core.desk.sessionEnded(sessionId);
    });
    const numbers = Array.from({ length: this.#options.start.count }, (_, i) => i + 1);
    await Promise.all(numbers.map((number) => this.#startCore(number)));
    for (const number of numbers)
      this.#deps.tasks.spawn(`core process ${number}`, (signal) => this.#keep(number, signal));
  }

  #hand(socket: Socket): void {
    // an error may come before it has changed hands
    socket.on("error", () => socket.destroy());
    const cores = [...this.#cores.values()];
    const open = cores.reduce((sum, core) => sum + core.connections, 0);
    const core = open < maxConnections ? leastBusy(cores, this.#shares) : undefined;
    if (core === undefined) socket.destroy();
    else core.give(socket);
  }

  async #startCore(number: number): Promise<CoreProcess> {
    const { clock, metrics, bandwidth, role, logLevel } = this.#deps;
    const deps: CoreProcessDeps = {
      books: {
        ...role.books,
        admit: async (work) => {
          const info = await role.books.admit(work);
          this.#shares.add(number);
          metrics.count("livepeer_core_segments_total", { core: String(number) });
          return info;
        },
      },
      onReceived: (byteCount, ms) => bandwidth?.add(byteCount, ms),
      onMetrics: (calls) => makeCalls(calls, metrics),
      onUse: ({ cpuSeconds }) => metrics.count("process_cpu_seconds_total", undefined, cpuSeconds),
    };
    // one that was killed leaves its socket behind
    await rm(socketPathIn(this.#folder)(coreHost(number)), { force: true });
    const core = await CoreProcess.start(
      {
        ...this.#options.start,
        type: "start",
        number,
        port: this.port,
        socketFolder: this.#folder,
        logLevel: logLevel.get(),
      },
      clock.now(),
      deps,
    );
    this.#cores.set(number, core);
    metrics.gauge("livepeer_core_processes", this.#cores.size);
    return core;
  }

  /** Waits for the end of a process and puts another in its place, again and again. */
  async #keep(number: number, signal: AbortSignal): Promise<void> {
    const { clock, logger, metrics } = this.#deps;
    let waitMs = firstWaitMs;
    for (let core = this.#cores.get(number); core !== undefined; ) {
      const end = await core.ended;
      this.#cores.delete(number);
      this.#shares.forget(number);
      metrics.gauge("livepeer_core_processes", this.#cores.size);
      if (this.#isStopping) return;
      const livedMs = clock.now() - core.startedAt;
      metrics.count("livepeer_core_process_ends_total");
      logger.error("a core process has ended: another takes its place; its segments have failed", {
        core: number,
        pid: core.pid,
        end: endText(end),
      });
      waitMs = livedMs >= shortLifeMs ? firstWaitMs : waitMs;
      core = undefined;
      for (let failures = 0; core === undefined; ) {
        await clock.sleep(waitMs, signal);
        waitMs = Math.min(waitMs * 2, maxWaitMs);
        try {
          core = await this.#startCore(number);
        } catch (error) {
          failures++;
          logger.error("a core process could not be started", { core: number, error: errorText(error) });
          if (this.#cores.size === 0 && failures >= maxFailedStarts) {
            this.#failed.resolve(error as LpError);
            return;
          }
        }
        if (this.#isStopping) {
          await core?.stop();
          return;
        }
      }
    }
  }
}
