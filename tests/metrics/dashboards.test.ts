import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MetricSpec } from "@livepeer-ts/kernel";
import { describe, expect, it } from "vitest";
import { metricRegistry } from "../../node/src/metrics/metric-registry.ts";
import { dashboards } from "../../scripts/generate-dashboards.ts";
import { textOf } from "../docs/pages.ts";
import { hasPromtool } from "./promtool.ts";

const root = join(import.meta.dirname, "..", "..");
const promtool = hasPromtool();
const rulesPath = "deploy/prometheus/livepeer-alerts.yml";

type Board = {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
};

const boards = readdirSync(join(root, "deploy/grafana"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ file, board: JSON.parse(textOf(`deploy/grafana/${file}`)) as Board }));

/** Labels of the node that Prometheus or the node itself puts on everything. */
const nodeLabels = ["node_id", "node_type", "job", "instance", "le"];

function specOf(name: string): MetricSpec | undefined {
  const exact = metricRegistry.find((spec) => spec.name === name);
  if (exact !== undefined) return exact;
  const base = name.replace(/_(?:bucket|sum|count)$/, "");
  return metricRegistry.find((spec) => spec.name === base && spec.type === "histogram");
}

/** What is wrong with the metrics and labels of a query; `legend`: labels that its answer must have. */
function mistakesOf(expr: string, legend: readonly string[] = []): string[] {
  const mistakes: string[] = [];
  const specs = [...expr.matchAll(/\b(livepeer_\w+)\b(\{[^}]*\})?/g)].map(([, name, selector = ""]) => {
    const spec = specOf(name as string);
    if (spec === undefined) mistakes.push(`${name} is in no metric table`);
    else {
      if (spec.type === "histogram" && spec.name === name) mistakes.push(`${name} is a histogram`);
      const labels = labelsOf(spec);
      for (const [, label] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
        if (!labels.includes(label as string)) mistakes.push(`${name} has no label ${label}`);
      }
    }
    return spec;
  });
  if (specs.length === 0) mistakes.push(`"${expr}" has no metric`);
  const known = specs.flatMap((spec) => (spec === undefined ? [] : labelsOf(spec)));
  const grouped = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, names = ""]) => names.split(/\s*,\s*/));
  for (const label of [...grouped, ...legend]) {
    if (!known.includes(label)) mistakes.push(`"${expr}" has no label ${label}`);
  }
  for (const label of grouped.length === 0 ? [] : legend) {
    if (!grouped.includes(label)) mistakes.push(`the label ${label} is summed away in "${expr}"`);
  }
  return mistakes;
}

function labelsOf(spec: MetricSpec): readonly string[] {
  return [...nodeLabels, ...spec.labels, ...spec.streamLabels, ...spec.clientLabels];
}

describe("dashboards and alerts", () => {
  it("finds mistakes", () => {
    expect(mistakesOf("livepeer_unknown")).toEqual(["livepeer_unknown is in no metric table"]);
    expect(mistakesOf('livepeer_success_rate{colour="red"}')).toEqual(["livepeer_success_rate has no label colour"]);
    expect(mistakesOf("livepeer_transcode_score")).toEqual(["livepeer_transcode_score is a histogram"]);
    expect(mistakesOf("sum by (node_id) (livepeer_tickets_sent)", ["manifest_id"])).toHaveLength(1);
    expect(mistakesOf("sum by (nothing) (livepeer_tickets_sent)")).toHaveLength(1);
    expect(mistakesOf("histogram_quantile(0.5, sum by (le) (rate(livepeer_transcode_score_bucket[5m])))")).toEqual([]);
  });

  it("are as their generator writes them", () => {
    for (const { path, text } of dashboards()) expect(textOf(path), path).toBe(text);
    expect(boards).toHaveLength(dashboards().length);
    expect(new Set(boards.map(({ board }) => board.uid)).size).toBe(boards.length);
  });

  it("show metrics and labels that exist", () => {
    for (const { file, board } of boards) {
      for (const panel of board.panels) {
        for (const { expr, legendFormat } of panel.targets) {
          const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string);
          expect(mistakesOf(expr, legend), `${file}, ${panel.title}`).toEqual([]);
        }
      }
      const nodes = board.templating.list.flatMap(({ query }) => (typeof query === "string" ? [] : [query.query]));
      for (const query of nodes)
        expect(mistakesOf(query.replace(/^label_values\((.*), node_id\)$/, "$1")), file).toEqual([]);
    }
  });

  it("alert on metrics and labels that exist", () => {
    const rules = textOf(rulesPath);
    const exprs = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr]) => expr as string);
    expect(exprs.length).toBeGreaterThan(10);
    for (const expr of exprs) expect(mistakesOf(expr)).toEqual([]);
    for (const [name] of rules.matchAll(/\blivepeer_\w+/g)) expect(specOf(name), name).toBeDefined();
  });

  it.skipIf(!promtool)("have alert rules that promtool takes, and that fire when they should and only then", () => {
    for (const args of [
      ["check", "rules", join(root, rulesPath)],
      ["test", "rules", join(root, rulesPath.replace(".yml", ".test.yml"))],
    ]) {
      const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
      expect(status, stdout + stderr).toBe(0);
    }
  });

  it.skipIf(!promtool)("ask in queries that Prometheus can read", () => {
    const exprs = boards.flatMap(({ board }) => board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
    const rules = exprs.map((expr, i) => ({
      record: `q:${i}`,
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$node", "x"),
    }));
    const folder = mkdtempSync(join(tmpdir(), "livepeer-queries-"));
    try {
      const file = join(folder, "queries.yml");
      writeFileSync(file, JSON.stringify({ groups: [{ name: "queries", rules }] }));
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
      expect(status, stdout + stderr).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
