import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { catalog, type ModelPipeline } from "./catalog.ts";
import { conversions } from "./converted.ts";

/** Where weights lie: `LIVEPEER_MODELS_DIR`, else the user's data folder. */
export function modelsFolder(env: Readonly<Record<string, string | undefined>>): string {
  const own = env["LIVEPEER_MODELS_DIR"];
  if (own !== undefined && own !== "") return own;
  const data = env["XDG_DATA_HOME"];
  return join(data === undefined || data === "" ? join(homedir(), ".local", "share") : data, "livepeer-ts", "models");
}

/** Files a pipeline still lacks below the folder. */
export function missingFiles(folder: string, pipeline: ModelPipeline | "tests"): string[] {
  const fetched = catalog.filter(({ wanted }) => wanted.includes(pipeline)).flatMap(({ files }) => files);
  const made = conversions
    .filter(({ wanted }) => (wanted as readonly string[]).includes(pipeline))
    .flatMap(({ to }) => to);
  return [
    ...fetched.filter(({ to, sizeBytes }) => sizeOf(join(folder, to)) !== sizeBytes).map(({ to }) => to),
    ...made.filter((to) => !existsSync(join(folder, to))),
  ];
}

/** The command that brings the weights of a pipeline. */
export function fetchCommand(pipeline: ModelPipeline): string {
  return `npm run models -- --pipelines ${pipeline}`;
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}
