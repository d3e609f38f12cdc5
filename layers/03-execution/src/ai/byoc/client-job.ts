import type { HttpRequest, Random } from "@livepeer-ts/kernel";
import { shortId } from "../runner/runner-call.ts";
import type { TokenSearch } from "./byoc-tokens.ts";
import { ByocRefusal, byocWire } from "./byoc-wire.ts";
import { type ByocJob, JobHeaderFault, jsonPart, readJobHeader } from "./job-header.ts";

/** Longest search that a client may name, ms. */
const maxSearchMs = 60_000;
const { header: names, text } = byocWire;

/** The job that a client sends to a gateway, not signed. Throws 400. */
export function clientJob(request: HttpRequest, deps: { readonly random: Random }): ByocJob {
  try {
    const job = readJobHeader(request.header.get(names.job));
    if (job.timeoutSec === 0) throw new JobHeaderFault(text.noTimeout);
    if (job.parameters === "") throw new ByocRefusal(400, "byoc_parameters", text.badParameters(text.jsonEnd));
    return { ...job, id: job.id === "" ? shortId(deps.random) : job.id };
  } catch (error) {
    if (!(error instanceof JobHeaderFault)) throw error;
    throw new ByocRefusal(400, "byoc_header", text.badRequest(error.message), error);
  }
}

/** Whom to look for, for how long. */
export function searchOf(
  request: HttpRequest,
  job: ByocJob,
  times: { readonly searchMs: number; readonly answerMs: number },
): TokenSearch {
  const wanted = (jsonPart(job.parameters)["orchestrators"] ?? {}) as { include?: unknown; exclude?: unknown };
  return {
    capability: job.capability,
    include: urlsOf(wanted.include),
    exclude: urlsOf(wanted.exclude),
    searchMs: durationMs(request.header.get(names.searchTimeout)) ?? times.searchMs,
    answerMs: durationMs(request.header.get(names.answerTimeout)) ?? times.answerMs,
  };
}

function urlsOf(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((one) => typeof one === "string").map((one) => one.replace(/\/+$/, ""))
    : [];
}

/** `500ms`, `2s`, `1m`; undefined for anything else. */
function durationMs(written: string | null): number | undefined {
  const [, value, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(written?.trim() ?? "") ?? [];
  if (value === undefined) return undefined;
  const ms = Number(value) * (unit === "ms" ? 1 : unit === "s" ? 1000 : 60_000);
  return ms > 0 ? Math.min(ms, maxSearchMs) : undefined;
}
