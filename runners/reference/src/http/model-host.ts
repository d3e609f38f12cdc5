import type { Engine, Pipeline } from "../jobs/engine.ts";
import { ModelError } from "../model-error.ts";
import { fetchCommand, missingFiles } from "../weights/models-folder.ts";
import { Refusal } from "./refusal.ts";

/** What `GET /health` says. `problem` and `fix` are there when the model cannot be used. */
export type Health = { readonly status: "OK" | "LOADING" | "ERROR"; readonly problem?: string; readonly fix?: string };

/** The one model of this process: loading, usable, or not there and why. */
export class ModelHost {
  #health: Health = { status: "LOADING" };
  #engine: Engine | undefined;

  get health(): Health {
    return this.#health;
  }

  /** The loaded model. Throws `Refusal` 503 with the reason when there is none. */
  get engine(): Engine {
    if (this.#engine !== undefined) return this.#engine;
    const { problem, fix } = this.#health;
    throw new Refusal(
      503,
      problem === undefined ? "the model is loading" : `${problem}${fix === undefined ? "" : `. Run: ${fix}`}`,
    );
  }

  /** Loads the model from the first folder that has all its weights. Never rejects: what went wrong is its health, and is returned. */
  async load(pipeline: Pipeline, folders: readonly string[]): Promise<Health> {
    const { weights } = pipeline;
    const folder = folders.find((place) => weights === undefined || missingFiles(place, weights).length === 0);
    if (weights !== undefined && folder === undefined) {
      const first = missingFiles(folders[0] ?? "", weights).join(", ");
      const problem = `the weights of ${pipeline.modelId} are not in ${folders.join(" and not in ")}: ${first} missing`;
      this.#health = { status: "ERROR", problem, fix: fetchCommand(weights) };
      return this.#health;
    }
    try {
      this.#engine = await pipeline.load(folder ?? "");
      this.#health = { status: "OK" };
    } catch (error) {
      const problem =
        error instanceof ModelError ? error.message : `${pipeline.modelId} cannot be loaded: ${String(error)}`;
      this.#health = { status: "ERROR", problem };
    }
    return this.#health;
  }
}
