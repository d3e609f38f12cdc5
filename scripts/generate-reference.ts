// Writes the pages of docs/5-reference that are made from the code. Run after changing a flag:
//
//   node scripts/bootstrap.mjs scripts/generate-reference.ts [--check]
//
// --check writes nothing and fails when a page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MetricSpec } from "@livepeer-ts/kernel";
import type { AdminRoute } from "../node/src/admin/admin-route.ts";
import { adminRoutes } from "../node/src/admin/admin-routes.ts";
import { adminOpenApi } from "../node/src/admin/openapi.ts";
import { appCommands } from "../node/src/app/app-command.ts";
import { optionWords } from "../node/src/app/app-option.ts";
import { chainCommands } from "../node/src/chain/chain-command.ts";
import { connectionFlags, signingFlags } from "../node/src/chain/chain-flags.ts";
import { actionName } from "../node/src/cli/cli-actions.ts";
import { cliActionFlags, cliConnectionFlags, cliMenuFlags } from "../node/src/cli/cli-command.ts";
import { deprecatedFlags } from "../node/src/flags/deprecated-flags.ts";
import type { FlagSpec } from "../node/src/flags/flag-spec.ts";
import { flagVariable } from "../node/src/flags/go-flags.ts";
import { goLivepeerGroups, ownFlags } from "../node/src/flags/node-flags.ts";
import { notBuiltName, notBuiltYet } from "../node/src/flags/not-built-yet.ts";
import { metricGroups } from "../node/src/metrics/metric-registry.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function flagRow(flag: FlagSpec): string {
  const fallback = flag.unsetMeans ?? (flag.fallback === "" ? "" : `\`${flag.fallback}\``);
  const notes = [
    flag.orFile ? "value or path of a file that holds it" : "",
    flag.secret ? "never printed" : "",
    flag.url ? "printed without user, path and query" : "",
    (flag.roles ?? []).join(", "),
    notBuiltYet.some((entry) => entry.flag === flag.name && entry.when === undefined) ? "**not built yet**" : "",
  ];
  const meaning = [flag.help, ...notes.filter((note) => note !== "")].join("; ");
  return `| \`-${flag.name}\` | \`${flagVariable(flag.name)}\` | ${flag.kind} | ${cell(fallback)} | ${cell(meaning)} |`;
}

function flagTable(flags: readonly FlagSpec[], row: (flag: FlagSpec) => string = flagRow): string {
  const rows = [...flags].sort((a, b) => a.name.toLowerCase().localeCompare(b.name.toLowerCase(), "en")).map(row);
  return ["| Flag | Environment | Kind | Default | Meaning |", "|---|---|---|---|---|", ...rows].join("\n");
}

function flagsPage(): string {
  return `<!-- Written by scripts/generate-reference.ts from node/src/flags/. Do not edit. -->

# Flags

A value comes from the first of these that has it: command line, environment variable, \`-config\` file, default.
One dash or two; \`-name value\` or \`-name=value\`; a boolean needs no value. Durations are written like \`500ms\`, \`30s\`
or \`5m\`. \`livepeer -help\` prints the same list. What is wrong with the flags is said in one sentence for each mistake, with exit
code 2, before anything is opened.

The names and defaults are go-livepeer's, except for those at the end of the page. A flag that says “gateway”, “orchestrator” or
“transcoder” is for nodes with that flag alone.

${goLivepeerGroups.map(({ title, flags }) => `## ${title}\n\n${flagTable(flags)}`).join("\n\n")}

## Old names

They are taken, and one line says what to write instead.

| Flag | Meaning |
|---|---|
${deprecatedFlags.map((flag) => `| \`-${flag.name}\` | ${cell(flag.help)} |`).join("\n")}

## Not built yet

A node that is asked for one of these says so and ends with exit code 2, or, where no harm is done, warns and starts.

| Flag | What is missing |
|---|---|
${notBuiltYet.map((entry) => `| \`${notBuiltName(entry)}\` | ${cell(entry.missing)}${entry.onlyWarns ? " (warns)" : ""} |`).join("\n")}

## Ours alone

go-livepeer does not know these; without them the node behaves as it does.

${flagTable(ownFlags)}
`;
}

function chainPage(): string {
  const table = (flags: readonly FlagSpec[]) => flagTable(flags, (flag) => flagRow(flag).replace("`-", "`--"));
  const commands = Object.entries(chainCommands).map(([name, { help, flags, words }]) => {
    const own = flags.filter((flag) => !signingFlags.includes(flag));
    const text = `## \`livepeer chain ${words === undefined ? name : `${name} ${cell(words)}`}\`\n\n${capitalized(help)}.`;
    const signs = flags.length > own.length ? " Signs: see above." : "";
    return `${text}${signs}${own.length === 0 ? "" : `\n\n${table(own)}`}`;
  });
  return `<!-- Written by scripts/generate-reference.ts from node/src/chain/. Do not edit. -->

# livepeer chain

What the commands are for is in [Contracts on a chain](../3-run/chain.md).

## Flags of every command

${table(connectionFlags)}

## Flags of commands that sign

${table(signingFlags)}

${commands.join("\n\n")}
`;
}

function appPage(): string {
  const commands = Object.entries(appCommands).map(([name, { words, about, options }]) => {
    const rows = options.map((option) => `| \`${cell(optionWords(option))}\` | ${cell(option.help)} |`);
    const [first = "", ...more] = about.split("\n\n");
    const rest = more.map((part) => (part.startsWith("  ") ? `\`\`\`text\n${part}\n\`\`\`` : cell(part)));
    const text = [cell(first), ...rest].join("\n\n");
    return `## \`livepeer app ${name}${words === "" ? "" : ` ${words}`}\`\n\n${text}\n\n| Option | Meaning |\n|---|---|\n${rows.join("\n")}`;
  });
  return `<!-- Written by scripts/generate-reference.ts from node/src/app/. Do not edit. -->

# livepeer app

What it is for is in [Write an app](../4-build/apps.md). Each command ends with 0 when it did its work, with 1 when it did not, with 2 when
its own call is wrong.

${commands.join("\n\n")}
`;
}

function adminRow(route: AdminRoute): string {
  const params = [...route.params, ...(route.headers ?? [])]
    .map(({ name, help, isRequired }) => `\`${name}\`${isRequired ? "" : "?"} ${cell(help)}`)
    .join("<br>");
  const method = route.scope === "transact" ? `POST${route.allowsGet ? " (GET)" : ""}` : "GET";
  const cost = route.estimate === undefined ? "" : ", transaction";
  const cells = [`\`${route.path}\``, method, `${route.scope}${cost}`, params, route.result, cell(route.summary)];
  return `| ${cells.join(" | ")} |`;
}

function adminPage(): string {
  const groups = [...new Set(adminRoutes.map(({ group }) => group))].map((group) => {
    const rows = adminRoutes.filter((route) => route.group === group).map(adminRow);
    const head = "| Path | Method | Scope | Parameters | Answer | What it does |\n|---|---|---|---|---|---|";
    return `## ${group}\n\n${head}\n${rows.join("\n")}`;
  });
  return `<!-- Written by scripts/generate-reference.ts from node/src/admin/. Do not edit. -->

# Admin API

What \`-cliAddr\` serves, as [OpenAPI](admin-api.openapi.json). How it is guarded is in [Administration](../3-run/administration.md).

Parameters come from the query or from a form (urlencoded or multipart); “?” marks those that may be left out. Refusals are plain
text with a newline. Integers of any size are JSON numbers, rationals are strings such as \`1/3\`, shares are millionths. A call
that sends transactions answers when they are mined; \`POST /estimate/<path>\` with the same parameters answers what it would cost.
Off chain everything that needs a chain is refused with 500 \`missing ETH client\`.

${groups.join("\n\n")}
`;
}

function cliPage(): string {
  const table = (flags: readonly FlagSpec[]) =>
    flagTable(
      flags,
      ({ name, kind, fallback, help }) => `| \`-${name}\` | ${kind} | ${cell(fallback)} | ${cell(help)} |`,
    ).replace(
      "| Flag | Environment | Kind | Default | Meaning |\n|---|---|---|---|---|",
      "| Flag | Kind | Default | Meaning |\n|---|---|---|---|",
    );
  const commands = adminRoutes
    .filter((route) => route.hasOtherBody !== true)
    .map((route) => {
      const flags = [...route.params, ...(route.headers ?? [])].map(({ name, isRequired }) =>
        isRequired ? `\`--${name}\`` : `[\`--${name}\`]`,
      );
      return `| \`${actionName(route.path)}\` | ${flags.join(" ")} | ${cell(route.summary)} |`;
    });
  return `<!-- Written by scripts/generate-reference.ts from node/src/cli/ and node/src/admin/. Do not edit. -->

# livepeer cli

Without a command a menu, with one a single call. \`livepeer_cli\` is the same. What it is for is in
[Administration](../3-run/administration.md).

## Flags

${table(cliConnectionFlags)}

Of the menu:

${table(cliMenuFlags)}

Of every command:

${table(cliActionFlags)}

\`LP_CLITOKEN\` in the environment stands for \`-cliToken\`.

## Commands

| Command | Flags | What it does |
|---|---|---|
${commands.join("\n")}
`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const originNotes: Readonly<Record<MetricSpec["origin"], string>> = {
  "go-livepeer": "go-livepeer",
  ours: "",
  process: "Prometheus",
};

function metricRow(spec: MetricSpec): string {
  const labels = [
    ...spec.labels.map((label) => `\`${label}\``),
    ...spec.streamLabels.map((label) => `\`${label}\` ¹`),
    ...spec.clientLabels.map((label) => `\`${label}\` ²`),
  ];
  const meaning = [
    spec.help,
    ...(spec.perStreamOnly ? ["with `-metricsPerStream` only"] : []),
    ...(spec.buckets.length === 0 ? [] : [`buckets ${spec.buckets.join(", ")}`]),
  ];
  return `| \`${spec.name}\` | ${spec.type} | ${spec.unit} | ${labels.join(", ")} | ${cell(meaning.join("; "))} | ${originNotes[spec.origin]} |`;
}

function metricsPage(): string {
  const tables = metricGroups.map(({ title, specs }) =>
    [
      `## ${title}`,
      "",
      "| Name | Type | Unit | Labels | Meaning | Name from |",
      "|---|---|---|---|---|---|",
      ...specs.map(metricRow),
    ].join("\n"),
  );
  return `<!-- Written by scripts/generate-reference.ts from the metric tables of the layers. Do not edit. -->

# Metrics

Served with \`-monitor\` ([how](../3-run/metrics.md)). Every metric also has \`node_id\` and \`node_type\` (\`orch\`, \`bctr\` for
gateways, \`trcr\`, \`dflt\`); \`livepeer_versions\` has only \`node_type\`, those of Prometheus' libraries have none.

¹ with \`-metricsPerStream\` · ² with \`-metricsClientIP\`

${tables.join("\n\n")}
`;
}

/** Generated pages: path in the repository and text. */
export function referencePages(): readonly { readonly path: string; readonly text: string }[] {
  return [
    { path: "docs/5-reference/flags.md", text: flagsPage() },
    { path: "docs/5-reference/chain.md", text: chainPage() },
    { path: "docs/5-reference/metrics.md", text: metricsPage() },
    { path: "docs/5-reference/admin-api.md", text: adminPage() },
    { path: "docs/5-reference/admin-api.openapi.json", text: `${JSON.stringify(adminOpenApi(), undefined, 2)}\n` },
    { path: "docs/5-reference/cli.md", text: cliPage() },
    { path: "docs/5-reference/app.md", text: appPage() },
  ];
}

/** Paths of the pages that differ from what the code says. */
export function stalePages(): readonly string[] {
  return referencePages()
    .filter(({ path, text }) => {
      try {
        return readFileSync(join(root, path), "utf8") !== text;
      } catch {
        return true;
      }
    })
    .map(({ path }) => path);
}

if (import.meta.main) {
  const stale = stalePages();
  if (process.argv.includes("--check")) {
    for (const path of stale)
      console.error(`${path} is stale: run node scripts/bootstrap.mjs scripts/generate-reference.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const { path, text } of referencePages()) writeFileSync(join(root, path), text);
    console.log(stale.length === 0 ? "nothing changed" : `written: ${stale.join(", ")}`);
  }
}
