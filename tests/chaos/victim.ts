import { ChildRole, type ChildRoleOptions } from "../../node/src/supervisor/child-role.ts";

export type VictimIdentity = {
  readonly name: string;
  /** What the gateway sees fail with it: an orchestrator's name. */
  readonly path: string;
  readonly kind: "orchestrator" | "transcoder";
};

/** A machine that may be killed or frozen at any moment, and comes back. */
export class Victim {
  readonly name: string;
  readonly path: string;
  readonly kind: VictimIdentity["kind"];
  readonly #options: ChildRoleOptions;
  #child: ChildRole;
  #isWell = true;

  private constructor({ name, path, kind }: VictimIdentity, options: ChildRoleOptions, child: ChildRole) {
    this.name = name;
    this.path = path;
    this.kind = kind;
    this.#options = options;
    this.#child = child;
  }

  static async start(identity: VictimIdentity, options: ChildRoleOptions): Promise<Victim> {
    return new Victim(identity, options, await ChildRole.start(options));
  }

  /** Running, and not frozen. */
  get isWell(): boolean {
    return this.#isWell && this.#child.isRunning;
  }

  /** SIGKILL; the machine is started again after `outageMs`. Resolves when it takes work again. */
  async kill(outageMs: number, signal: AbortSignal): Promise<void> {
    this.#isWell = false;
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    await pause(outageMs, signal);
    if (signal.aborted) return;
    this.#child = await ChildRole.start(this.#options);
    this.#isWell = true;
  }

  /** SIGSTOP, and SIGCONT after `outageMs`. */
  async freeze(outageMs: number, signal: AbortSignal): Promise<void> {
    this.#isWell = false;
    this.#child.kill("SIGSTOP");
    await pause(outageMs, signal);
    this.#child.kill("SIGCONT");
    this.#isWell = true;
  }

  async stop(): Promise<void> {
    if (this.#child.isRunning) this.#child.kill("SIGCONT");
    await this.#child.stop();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
