import type { AiEngine } from "../ports/ai-engine.ts";
import { relayed } from "../wire/relayed.ts";

/** An engine that offers nothing while `isShut`, and knows how many jobs it does; those that run go on. */
export class GatedEngine implements AiEngine {
  readonly #engine: AiEngine;
  readonly #isShut: () => boolean;
  #running = 0;

  constructor(engine: AiEngine, isShut: () => boolean) {
    this.#engine = engine;
    this.#isShut = isShut;
  }

  /** Jobs that have no result yet. */
  get running(): number {
    return this.#running;
  }

  offers() {
    return this.#isShut() ? [] : this.#engine.offers();
  }

  async run(...[job, signal]: Parameters<AiEngine["run"]>): ReturnType<AiEngine["run"]> {
    this.#running++;
    let isStreaming = false;
    try {
      const outcome = await this.#engine.run(job, signal);
      if (outcome.kind === "json") return outcome;
      isStreaming = true;
      return {
        kind: "events",
        events: relayed(
          outcome.events,
          (event) => event,
          () => this.#running--,
        ),
      };
    } finally {
      if (!isStreaming) this.#running--;
    }
  }
}
