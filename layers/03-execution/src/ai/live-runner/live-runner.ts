import { hmacSha256, utf8 } from "@livepeer-ts/kernel";
import type { TrickleChannel } from "@livepeer-ts/media";
import { base32 } from "./base32.ts";
import type { RunnerRecord } from "./runner-record.ts";
import type { RunnerSession } from "./runner-session.ts";

/** How a static runner is asked whether it is well. */
export type RunnerHealth = { readonly url: string; readonly status: number };

export type LiveRunnerInit = {
  readonly id: string;
  /** What stands for it in paths. */
  readonly route: string;
  readonly record: RunnerRecord;
  /** 32 bytes; its secrets are made of them. */
  readonly seed: Uint8Array;
  /** Absent: it registers itself. */
  readonly health?: RunnerHealth;
};

/** An application that an orchestrator fronts. */
export class LiveRunner {
  readonly id: string;
  readonly #seed: Uint8Array;
  route: string;
  record: RunnerRecord;
  /** Undefined: it registers itself, and says by heartbeats that it lives. */
  health: RunnerHealth | undefined;
  isHealthy: boolean;
  /** Ms of the clock at the last heartbeat. */
  lastSeenAt = 0;
  /** What it is told; undefined for static ones. */
  o2r: TrickleChannel | undefined;
  /** Id of the proxy under which clients call it; undefined: they use the paths of the node. */
  proxyId: string | undefined;
  /** Oldest first. */
  readonly sessions = new Map<string, RunnerSession>();

  constructor(init: LiveRunnerInit) {
    this.id = init.id;
    this.route = init.route;
    this.record = init.record;
    this.#seed = init.seed;
    this.health = init.health;
    this.isHealthy = init.health === undefined;
  }

  get isStatic(): boolean {
    return this.health !== undefined;
  }

  get isAvailable(): boolean {
    return this.isHealthy && this.record.isReady;
  }

  get freePlaces(): number {
    return Math.max(0, this.record.capacity - this.sessions.size);
  }

  /** A secret of its own for each purpose: 52 characters. */
  secretFor(label: string): string {
    return base32(hmacSha256(this.#seed, utf8(label)));
  }
}
