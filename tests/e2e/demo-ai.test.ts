import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { pipelineChecks } from "../../node/src/demo-ai/pipeline-checks.ts";
import { referenceModels } from "../../node/src/up/reference-models.ts";

const main = fileURLToPath(new URL("../../node/src/main.ts", import.meta.url));
const models = await referenceModels();
if (models === undefined && process.env["CI"] === "true") throw new Error("npm run demo:ai needs the reference models");

it.skipIf(models === undefined)(
  "npm run demo:ai: every pipeline runs, is paid, and is right; a developer's own function too",
  { timeout: 240_000 },
  async () => {
    const args = ["--disable-warning=ExperimentalWarning", main, "demo-ai", "--json"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16 * 1024 * 1024 });
    const { pipelines, byoc } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(pipelines.map(({ name }: { name: string }) => name)).toEqual(pipelineChecks.map(({ pipeline }) => pipeline));
    for (const { name, ok, check, weiPaid } of pipelines) {
      expect(ok, `${name}: ${check}\n${stderr}`).toBe(true);
      expect(BigInt(weiPaid), name).toBeGreaterThan(0n);
    }
    expect(byoc).toMatchObject({ ok: true });
  },
);
