import { spawn, spawnSync } from "node:child_process";
import { metricRegistry } from "../../node/src/metrics/metric-registry.ts";

/** True when Prometheus' own tool is installed. Says on the console what is skipped otherwise. */
export function hasPromtool(): boolean {
  const isThere = spawnSync("promtool", ["--version"], { stdio: "ignore" }).status === 0;
  if (!isThere) console.warn("promtool is missing (Debian: prometheus): its checks of metrics and rules are skipped");
  return isThere;
}

/** What `promtool check metrics` says about a page, one line for each complaint, sorted. */
async function complaintsAbout(page: string): Promise<string[]> {
  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  child.stdin.end(page);
  await new Promise((resolve) => child.on("close", resolve));
  return said
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

/** What promtool says about names alone. */
const namingRules = [
  'counter metrics should have "_total" suffix',
  'non-counter metrics should not have "_total" suffix',
  'use base unit "seconds" instead of "milliseconds"',
];
const originalNames = new Set(metricRegistry.flatMap(({ origin, name }) => (origin === "go-livepeer" ? [name] : [])));

/** What promtool says about a page, but for the names that are go-livepeer's. */
export async function faultsOf(page: string): Promise<string[]> {
  const complaints = await complaintsAbout(page);
  return complaints.filter((line) => {
    const [name = ""] = line.split(" ");
    return !(originalNames.has(name) && namingRules.some((rule) => line.endsWith(rule)));
  });
}
