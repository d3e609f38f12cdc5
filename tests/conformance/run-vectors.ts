import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CaseOutcome, ConformanceCase, ConformanceSuite, HistorySuite, SuiteModule } from "./suite.ts";

const projectRoot = join(import.meta.dirname, "..", "..");

/** The project's own vectors. */
export const projectVectors = join(projectRoot, "spec", "vectors");

/** Result of one case; a skipped suite counts its cases as skipped. */
export type CaseResult = {
  readonly suite: string;
  readonly file: string;
  readonly id: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly note: string | null;
  readonly expected: unknown;
  readonly got: unknown;
};

/** Suites that are not built yet, one per line of `spec/vectors/PENDING`. */
export async function readPending(): Promise<ReadonlySet<string>> {
  const path = join(projectVectors, "PENDING");
  if (!existsSync(path)) return new Set();
  const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.replace(/#.*/, "").trim());
  return new Set(lines.filter((line) => line !== ""));
}

/** Suite of a vector file: its `suite` field, else its name without a trailing `-<n>`. */
export function suiteOf(fileName: string, content: unknown): string {
  const named = typeof content === "object" && content !== null ? (content as { suite?: unknown }).suite : undefined;
  if (typeof named === "string" && named !== "") return named;
  return fileName.replace(/\.json$/, "").replace(/-\d+$/, "");
}

/** Cases of a vector file: a list, or the list under `vectors`, `cases` or `scenarios`; any other object is one case. */
export function casesOf(content: unknown): readonly ConformanceCase[] {
  if (Array.isArray(content)) return content as ConformanceCase[];
  if (typeof content !== "object" || content === null) throw new Error("a vector file holds an object or a list");
  for (const name of ["vectors", "cases", "scenarios"]) {
    const inner = (content as Record<string, unknown>)[name];
    if (Array.isArray(inner)) return inner as ConformanceCase[];
  }
  return [content as ConformanceCase];
}

/** Plain JSON with bigint as decimal text and bytes as hex, so that both sides compare alike. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    if (inner instanceof Uint8Array) return `0x${Buffer.from(inner).toString("hex")}`;
    return inner;
  });
  return JSON.parse(text) as unknown;
}

async function loadSuite(suite: string): Promise<SuiteModule | undefined> {
  const path = join(import.meta.dirname, "suites", `${suite}.ts`);
  if (!/^[a-z0-9-]+$/.test(suite) || !existsSync(path)) return undefined;
  return (await import(path)) as SuiteModule;
}

async function runCase(suite: ConformanceSuite, testCase: ConformanceCase, file: unknown): Promise<CaseOutcome> {
  try {
    return await suite(testCase, file);
  } catch (error) {
    return { expected: testCase["expected"] ?? null, got: thrown(error) };
  }
}

/** Every step of a history; one that cannot go on ends with a failed case. */
async function runHistory(suite: HistorySuite, history: ConformanceCase, base: CaseOf): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  try {
    for await (const { id, ...outcome } of suite(history)) results.push(judged({ ...base, id }, outcome));
  } catch (error) {
    results.push(
      judged({ ...base, id: "history" }, { expected: "a history that can be replayed", got: thrown(error) }),
    );
  }
  return results;
}

type CaseOf = Pick<CaseResult, "suite" | "file" | "id" | "note">;

function judged(base: CaseOf, outcome: CaseOutcome): CaseResult {
  const [expected, got] = [plain(outcome.expected), plain(outcome.got)];
  return { ...base, status: isDeepStrictEqual(expected, got) ? "passed" : "failed", expected, got };
}

function thrown(error: unknown): { readonly thrown: string } {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { thrown: trace.split("\n").slice(0, 4).join(" | ") };
}

/** Runs every vector file of a folder (or one file) through the product's code. */
export async function runVectors(folder: string, onlySuite?: string): Promise<CaseResult[]> {
  const pending = await readPending();
  const results: CaseResult[] = [];
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  for (const name of files) {
    const content = JSON.parse(await readFile(join(folder, name), "utf8")) as unknown;
    const suite = suiteOf(name, content);
    if (onlySuite !== undefined && suite !== onlySuite) continue;
    const isPending = pending.has(suite);
    const module = isPending ? undefined : await loadSuite(suite);
    for (const [index, testCase] of casesOf(content).entries()) {
      const id = String(testCase["id"] ?? testCase["name"] ?? `${suite}-${String(index).padStart(2, "0")}`);
      const note = typeof testCase["note"] === "string" ? testCase["note"] : null;
      const base = { suite, file: name, id, note };
      if (isPending) {
        results.push({ ...base, status: "skipped", expected: null, got: null });
      } else if (module !== undefined && "historySuite" in module) {
        results.push(...(await runHistory(module.historySuite, testCase, base)));
      } else if (module === undefined) {
        const got = `no suite "${suite}": write tests/conformance/suites/${suite}.ts, or check the file's "suite" field`;
        results.push({ ...base, status: "failed", expected: null, got });
      } else {
        results.push(judged(base, await runCase(module.suite, testCase, content)));
      }
    }
  }
  return results;
}
