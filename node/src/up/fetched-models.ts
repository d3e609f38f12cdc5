import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** List of the models in a models folder, as `-aiModels` takes it. */
const listName = "ai-models.json";

/** The list of the reference models that were fetched onto this machine (`npm run models`); undefined when there are none. */
export function fetchedModels(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env["LIVEPEER_MODELS_DIR"] ?? join(homedir(), ".livepeer-ts", "models");
  const list = join(folder, listName);
  return existsSync(list) ? list : undefined;
}
