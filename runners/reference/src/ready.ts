// Prints the models whose weights are complete in the models folder, as a JSON list of {pipeline, model_id}.
import { pipelines } from "./pipelines.ts";
import { missingFiles, modelsFolder } from "./weights/models-folder.ts";

const folder = modelsFolder(process.env);
const ready = pipelines
  .filter(({ weights }) => weights === undefined || missingFiles(folder, weights).length === 0)
  .map(({ name, modelId }) => ({ pipeline: name, model_id: modelId }));
process.stdout.write(`${JSON.stringify({ folder, models: ready })}\n`);
