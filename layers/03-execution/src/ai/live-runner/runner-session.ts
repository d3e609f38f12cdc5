import type { Address } from "@livepeer-ts/kernel";
import type { TrickleChannel } from "@livepeer-ts/media";
import type { LiveRunner } from "./live-runner.ts";
import type { SessionEnd } from "./live-runner-wire.ts";
import type { WeiPrice } from "./runner-price.ts";

/** Who pays for a session, and how much. */
export type SessionPayer = { readonly sender: Address; readonly price: WeiPrice };

/** One client's place at a runner. */
export class RunnerSession {
  readonly id: string;
  readonly runner: LiveRunner;
  /** What the runner proves itself with when it calls back. */
  readonly token: string;
  /** Undefined off chain. */
  readonly payer: SessionPayer | undefined;
  readonly channels = new Map<string, TrickleChannel>();
  readonly proxyIds = new Set<string>();
  readonly #ending = new AbortController();
  #end: SessionEnd | undefined;

  constructor(id: string, runner: LiveRunner, payer: SessionPayer | undefined) {
    this.id = id;
    this.runner = runner;
    this.payer = payer;
    this.token = runner.secretFor(`session:${id}`);
  }

  /** Aborts when the session ends; requests that are under way end with it. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Why it has ended; undefined while it lasts. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Ends it, once; false when it had ended. */
  finish(end: SessionEnd): boolean {
    if (this.#end !== undefined) return false;
    this.#end = end;
    this.#ending.abort();
    for (const channel of this.channels.values()) channel.close();
    this.channels.clear();
    return true;
  }
}
