import type { Pipeline } from "./jobs/engine.ts";
import { ModelError } from "./model-error.ts";
import { pipelines } from "./pipelines.ts";
import { modelsFolder } from "./weights/models-folder.ts";

/** What the environment asks of this process. */
export type Settings = {
  /** Address it listens on; this machine alone unless `HOST` says otherwise. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly pipeline: Pipeline;
  readonly modelId: string;
  /** Folders in which weights are looked for, in this order; the first that has all of them counts. */
  readonly folders: readonly string[];
  /** Wanted as `Authorization: Bearer`; undefined: nobody is asked. */
  readonly token: string | undefined;
  readonly version: string;
};

/** Reads `HOST`, `PORT`, `PIPELINE`, `MODEL_ID`, `MODEL_DIR`, `AUTH_TOKEN` and `VERSION`. Throws `ModelError` for what does not fit. */
export function readSettings(env: Readonly<Record<string, string | undefined>>, version: string): Settings {
  const given = (name: string) => (env[name] === "" ? undefined : env[name]);
  const names = pipelines.map(({ name }) => name).join(", ");
  const name = given("PIPELINE");
  if (name === undefined) throw new ModelError(`PIPELINE is not set: it must be one of ${names}`);
  const pipeline = pipelines.find((entry) => entry.name === name);
  if (pipeline === undefined)
    throw new ModelError(`PIPELINE is ${name}, which this runner does not have: it has ${names}`);
  const modelId = given("MODEL_ID") ?? pipeline.modelId;
  if (modelId !== pipeline.modelId) {
    throw new ModelError(`MODEL_ID is ${modelId}, but the model of ${name} in this runner is ${pipeline.modelId}`);
  }
  const port = Number(given("PORT") ?? 8000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ModelError(`PORT is ${env["PORT"]}: it must be 0 to 65535`);
  return {
    host: given("HOST") ?? "127.0.0.1",
    port,
    pipeline,
    modelId,
    folders: [...new Set([given("MODEL_DIR") ?? modelsFolder(env), modelsFolder(env)])],
    token: given("AUTH_TOKEN"),
    version: given("VERSION") ?? version,
  };
}
