import { LpError } from "@livepeer-ts/kernel";
import type { RunnerHealth } from "./live-runner.ts";
import { isHttpUrl, type RunnerRecord, readRunnerRecord, textField } from "./runner-record.ts";
import { RunnerCallRefusal } from "./runner-refusal.ts";

/** A runner that the operator names. */
export type StaticRunner = {
  readonly record: RunnerRecord;
  readonly routing: "runner-id" | "label";
  readonly health: RunnerHealth;
};

/** Reads `{"runners":[…]}`. Throws a 400 refusal that names the entry. */
export function readStaticRunners(json: unknown, needsPrice: boolean): readonly StaticRunner[] {
  const runners = (json as { runners?: unknown } | null)?.runners;
  if (!Array.isArray(runners)) throw new RunnerCallRefusal(400, "runners is required");
  const labels = new Set<string>();
  return runners.map((entry: unknown, index) => {
    try {
      const runner = readEntry(entry, needsPrice);
      if (labels.has(runner.record.label)) throw new RunnerCallRefusal(400, "label must be unique");
      labels.add(runner.record.label);
      return runner;
    } catch (error) {
      if (!(error instanceof LpError)) throw error;
      throw new RunnerCallRefusal(400, `runners[${index}]: ${error.message}`);
    }
  });
}

function readEntry(entry: unknown, needsPrice: boolean): StaticRunner {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new RunnerCallRefusal(400, "must be an object");
  const fields = entry as Readonly<Record<string, unknown>>;
  const record = readRunnerRecord(fields, needsPrice);
  if (record.label === "" || record.label !== record.label.trim())
    throw new RunnerCallRefusal(400, "label is required and must be trimmed");
  const routing = textField(fields, "routing");
  if (routing !== "" && routing !== "runner-id" && routing !== "label")
    throw new RunnerCallRefusal(400, 'routing must be "runner-id" or "label"');
  if (routing === "label" && !/^[A-Za-z0-9._-]+$/.test(record.label))
    throw new RunnerCallRefusal(
      400,
      "label may only contain alphanumerics, dots, underscores, or hyphens with label routing",
    );
  const status = fields["healthy_status_code"] ?? 200;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599)
    throw new RunnerCallRefusal(400, "healthy_status_code must be an HTTP status");
  return {
    record,
    routing: routing === "label" ? "label" : "runner-id",
    health: { url: healthUrl(textField(fields, "health_url"), record.runnerUrl), status },
  };
}

/** Absolute, or a path at the runner's own address. */
function healthUrl(written: string, runnerUrl: string): string {
  if (isHttpUrl(written)) return written;
  if (written.startsWith("/")) return new URL(written, runnerUrl).href;
  throw new RunnerCallRefusal(400, "health_url must be an absolute URL or begin with /");
}
