import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import { LocalNetwork } from "../up/local-network.ts";
import { findFreePorts } from "../up/network-ports.ts";
import { referenceModels } from "../up/reference-models.ts";
import { AiGatewayClient } from "./ai-gateway-client.ts";
import { callExternalCapability, type ExternalCapabilityOutcome } from "./external-capability.ts";
import { pipelineChecks } from "./pipeline-checks.ts";

/** What came of one pipeline. */
type PipelineFigures = {
  readonly name: string;
  readonly model: string;
  readonly tiny: boolean;
  readonly ms: number | null;
  readonly check: string;
  readonly ok: boolean;
  readonly weiPaid: string;
};

const usage = "npm run demo:ai -- [--json] [--only llm,upscale]";

function parseOptions(args: readonly string[]): { readonly json: boolean; readonly only: readonly string[] } {
  let json = false;
  let only = pipelineChecks.map(({ pipeline }) => pipeline as string);
  for (let i = 0; i < args.length; i++) {
    const asked = args[i + 1]?.split(",") ?? [];
    if (args[i] === "--json") json = true;
    else if (args[i] === "--only" && asked.length > 0 && asked.every((name) => only.includes(name))) {
      only = asked;
      i++;
    } else throw new LpError({ code: "bad_flag", message: `"${args[i]}" is not understood. ${usage}` });
  }
  return { json, only };
}

/** `npm run demo:ai`: a paid network with the reference runner; every pipeline is called through the gateway, and its output looked at. */
export async function demoAiCommand(args: readonly string[]): Promise<void> {
  const { json, only } = parseOptions(args);
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const models = await referenceModels();
  if (models === undefined) {
    throw new LpError({
      code: "no_models",
      message: "there are no models yet: npm run models fetches them (about 350 MB)",
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "livepeer-demo-ai-"));
  const network = new LocalNetwork({
    folder: join(folder, "network"),
    ports: await findFreePorts(),
    blockTimeSec: 0.5,
    aiModels: async () => models,
    onStep: (step) => {
      if (step.state === "done" || step.state === "failed") say(`${step.state} ${step.name} ${step.detail ?? ""}`);
    },
  });
  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isInterrupted = true;
      void network.stop().then(() => process.exit(130));
    });
  }
  const pipelines: PipelineFigures[] = [];
  let byoc: ExternalCapabilityOutcome = { ok: false, ms: 0 };
  try {
    await network.start();
    // the models need the processor
    await network.stopPublisher();
    const client = new AiGatewayClient(network.gatewayUrl);
    for (const { pipeline, model, isTiny, run } of pipelineChecks.filter(({ pipeline: name }) => only.includes(name))) {
      const figures = await run(client).then(
        ({ call, check, isRight }) => ({
          ...{ ms: call.ms, check, weiPaid: call.feeWei.toString() },
          // work that nobody paid for is no paid work
          ok: isRight && call.feeWei > 0n,
        }),
        (error: unknown) => ({ ms: null, check: errorText(error), ok: false, weiPaid: "0" }),
      );
      pipelines.push({ name: pipeline, model, tiny: isTiny, ...figures });
      say(
        `${figures.ok ? "ok" : "FAILED"} ${pipeline} (${model}): ${figures.check}, ${figures.ms} ms, ${figures.weiPaid} wei`,
      );
    }
    byoc = await callExternalCapability(network.gatewayUrl, network.registration).catch((error: unknown) => {
      say(`FAILED external capability: ${errorText(error)}`);
      return { ok: false, ms: 0 };
    });
  } finally {
    if (!isInterrupted) await network.stop();
    await rm(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${JSON.stringify({ pipelines, byoc }, null, json ? 0 : 2)}\n`);
  process.exitCode = pipelines.every(({ ok }) => ok) && byoc.ok ? 0 : 1;
}
