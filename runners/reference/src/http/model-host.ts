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

  /** Loads the model. Never rejects: what went wrong is its health, and is returned. */
  async load(pipeline: Pipeline, folder: string): Promise<Health> {
    const missing = pipeline.weights === undefined ? [] : missingFiles(folder, pipeline.weights);
    if (pipeline.weights !== undefined && missing.length > 0) {
      const problem = `the weights of ${pipeline.modelId} are not in ${folder}: ${missing.join(", ")} missing`;
      this.#health = { status: "ERROR", problem, fix: fetchCommand(pipeline.weights) };
      return this.#health;
    }
    try {
      this.#engine = await pipeline.load(folder);
      this.#health = { status: "OK" };
    } catch (error) {
      const problem =
        error instanceof ModelError ? error.message : `${pipeline.modelId} cannot be loaded: ${String(error)}`;
      this.#health = { status: "ERROR", problem };
    }
    return this.#health;
  }
}
