// Fetches the weights of the reference runner: `npm run models [-- --pipelines llm,tts,…]`. Run again to go on where it was broken off.
import { ModelError } from "./model-error.ts";
import { type ModelPipeline, modelPipelines } from "./weights/catalog.ts";
import { fetchModels } from "./weights/fetch-models.ts";
import { modelsFolder } from "./weights/models-folder.ts";

const known = Object.keys(modelPipelines) as ModelPipeline[];
const usage = `usage: npm run models [-- --pipelines ${known.join(",")}] [--tests]`;

function wantedFrom(args: readonly string[]): Set<ModelPipeline | "tests"> {
  const wanted = new Set<ModelPipeline | "tests">(known);
  for (let at = 0; at < args.length; at++) {
    const [flag, joined] = (args[at] as string).split("=", 2);
    if (flag === "--tests") wanted.add("tests");
    else if (flag === "--pipelines") {
      const list = joined ?? args[++at] ?? "";
      for (const pipeline of known) wanted.delete(pipeline);
      for (const name of list.split(",").map((part) => part.trim())) {
        const match = known.find((pipeline) => pipeline === name || modelPipelines[pipeline] === name);
        if (match === undefined) throw new ModelError(`there are no weights for "${name}"; ${usage}`);
        wanted.add(match);
      }
    } else throw new ModelError(`unknown argument ${args[at]}; ${usage}`);
  }
  return wanted;
}

try {
  const folder = modelsFolder(process.env);
  await fetchModels(folder, wantedFrom(process.argv.slice(2)), (line) => process.stderr.write(`· ${line}\n`));
  process.stdout.write(`the models are complete in ${folder}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof ModelError ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
}
