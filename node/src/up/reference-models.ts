import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServedModels } from "./local-network.ts";

const runnerFolder = fileURLToPath(new URL("../../../runners/reference/", import.meta.url));
const quiet = "--disable-warning=ExperimentalWarning";
const answerMs = 20_000;

type Ready = {
  readonly folder: string;
  readonly models: readonly { readonly pipeline: string; readonly model_id: string }[];
};

/**
 * The reference runner's models that are complete on this machine (`npm run models`), each in a process that starts with its first job.
 * Undefined while there are none.
 */
export async function referenceModels(): Promise<ServedModels | undefined> {
  // written when the runner's own packages are there
  if (!existsSync(join(runnerFolder, "node_modules", ".livepeer-installed"))) return undefined;
  const { stdout } = await promisify(execFile)(process.execPath, [quiet, join(runnerFolder, "src", "ready.ts")], {
    timeout: answerMs,
  });
  const { folder, models } = JSON.parse(stdout) as Ready;
  if (models.length === 0) return undefined;
  const command = [process.execPath, quiet, join(runnerFolder, "src", "main.ts")];
  return {
    folder,
    list: JSON.stringify(models.map((model) => ({ ...model, warm: false, driver: "process", command }))),
  };
}
