// Runs slither over contracts/ and compares what it finds with contracts/slither-answers.json: a finding without an
// answer and an answer without a finding both fail. Slither gets the compiler's output in Hardhat's layout, so no
// solc binary is needed. The pinned version is installed into .tools/slither once.
//
//   npm run contracts:slither
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const slitherVersion = "0.11.6";
const cryticCompileVersion = "0.4.2";
const toolFolder = join(root, ".tools/slither");
const workFolder = join(root, "contracts/cache/slither");
const answersFile = "contracts/slither-answers.json";
const bin = join(toolFolder, "venv", process.platform === "win32" ? "Scripts" : "bin");

function fail(sentence) {
  process.stderr.write(`contracts:slither: ${sentence}\n`);
  process.exit(1);
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  return { status: result.status ?? -1, said: `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ?? ""}` };
}

/** A Python that is new enough for slither. */
function findPython() {
  const check = "import sys, venv; sys.exit(0 if sys.version_info >= (3, 11) else 1)";
  const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
  const found = names.find((name) => run(name, ["-c", check]).status === 0);
  if (found === undefined)
    fail(
      "there is no Python 3.11 or newer with the venv module on the PATH: install it (Debian: python3 python3-venv)",
    );
  return found;
}

function ensureSlither() {
  const stamp = join(toolFolder, "installed");
  const wanted = `slither-analyzer==${slitherVersion} crytic-compile==${cryticCompileVersion}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const python = findPython();
  process.stderr.write(`· installing slither ${slitherVersion} into .tools/slither (about 150 MB on disk, once)\n`);
  rmSync(toolFolder, { recursive: true, force: true });
  mkdirSync(toolFolder, { recursive: true });
  const made = run(python, ["-m", "venv", join(toolFolder, "venv")]);
  if (made.status !== 0) fail(`${python} made no virtual environment:\n${made.said}`);
  const installed = run(join(bin, "python"), ["-m", "pip", "install", "--quiet", ...wanted.split(" ")]);
  if (installed.status !== 0)
    fail(`pip could not install ${wanted}; is the Python package registry reachable?\n${installed.said}`);
  writeFileSync(stamp, wanted);
}

/**
 * Gives OpenZeppelin's contracts names that ours do not have, in the compiler's output. Slither looks bases up by name
 * and may take the wrong one of two: our Pausable for OpenZeppelin's, say.
 */
function separateNames({ sources, contracts }) {
  const isOurs = (path) => path.startsWith("contracts/");
  const contractsOf = (path) => sources[path].ast.nodes.filter(({ nodeType }) => nodeType === "ContractDefinition");
  const ours = new Set(
    Object.keys(sources)
      .filter(isOurs)
      .flatMap(contractsOf)
      .map(({ name }) => name),
  );
  const renamed = new Map();
  for (const path of Object.keys(sources).filter((path) => !isOurs(path))) {
    for (const node of contractsOf(path)) {
      const { id, name } = node;
      if (!ours.has(name)) continue;
      const other = `${name}OfOpenZeppelin`;
      renamed.set(id, other);
      node.name = other;
      node.canonicalName = other;
      contracts[path][other] = contracts[path][name];
      delete contracts[path][name];
    }
  }
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    const name = renamed.get(node.referencedDeclaration);
    if (name !== undefined && typeof node.name === "string") node.name = name;
    for (const child of Object.values(node)) visit(child);
  };
  for (const { ast } of Object.values(sources)) visit(ast);
}

function exportForSlither(artifacts) {
  const exported = run(process.execPath, [join(root, "scripts/export-artifacts.mjs"), "--out", artifacts]);
  if (exported.status !== 0) fail(`the contracts could not be compiled:\n${exported.said}`);
  for (const name of readdirSync(join(artifacts, "build-info"))) {
    const path = join(artifacts, "build-info", name);
    const info = JSON.parse(readFileSync(path, "utf8"));
    separateNames(info.output);
    writeFileSync(path, JSON.stringify(info));
  }
}

/** What slither says of the present sources, by its own JSON. */
function findings() {
  const artifacts = join(workFolder, "artifacts");
  const report = join(workFolder, "report.json");
  rmSync(workFolder, { recursive: true, force: true });
  mkdirSync(workFolder, { recursive: true });
  exportForSlither(artifacts);
  const analyzed = run(join(bin, "slither"), [
    root,
    ...["--compile-force-framework", "Hardhat", "--hardhat-ignore-compile", "--npx-disable"],
    ...["--hardhat-artifacts-directory", artifacts, "--filter-paths", "node_modules", "--json", report],
  ]);
  // Slither ends with an error status when it has findings: what counts is the report.
  if (!existsSync(report)) fail(`slither wrote no report:\n${analyzed.said}`);
  const misread = analyzed.said.split("\n").filter((line) => /^Missing |Impossible to generate IR/.test(line));
  if (misread.length > 0) fail(`slither misread the contracts:\n${misread.join("\n")}`);
  const { success, error, results } = JSON.parse(readFileSync(report, "utf8"));
  if (!success) fail(`slither failed: ${error}\n${analyzed.said}`);
  return results.detectors ?? [];
}

/** The contract a part of a finding is in, and its name there; functions with their parameter types. */
function placeOf({ type, name, type_specific_fields: fields }) {
  const parent = fields?.parent;
  if (type === "function" || type === "event") return `${parent?.name}.${fields.signature}`;
  if (type === "contract" || parent === undefined) return name;
  if (type === "node") return placeOf(parent);
  return parent.type === "contract" ? `${parent.name}.${name}` : `${placeOf(parent)}.${name}`;
}

/**
 * Says which finding it is in words that stay when lines move or an expression is rewritten: the detector, the place,
 * and what is written or emitted there.
 */
function keyOf({ check, elements }) {
  const [first, ...rest] = elements;
  const about = rest.flatMap((element) => {
    const { underlying_type: kind, variable_name: variable } = element.additional_fields ?? {};
    if (variable !== undefined) return [variable];
    if (kind === "event") return [element.name.split("(")[0]];
    return element.type === "variable" || element.type === "contract" ? [placeOf(element)] : [];
  });
  const where = first === undefined ? "the whole" : placeOf(first);
  const unique = [...new Set(about)].sort();
  return `${check} | ${where}${unique.length > 0 ? ` | ${unique.join(", ")}` : ""}`;
}

/** The answers as key to how many findings it stands for; a key ends with `| × n` when that is not one. */
function readAnswers() {
  const { disabled, answers } = JSON.parse(readFileSync(join(root, answersFile), "utf8"));
  const counts = new Map();
  for (const { detector, reason, findings: answered } of answers) {
    if (typeof reason !== "string" || reason.length < 20)
      fail(`an answer for ${detector} in ${answersFile} has no reason`);
    for (const text of answered) {
      const [, place, times] = /^(.*?)(?: \| × (\d+))?$/.exec(text);
      const key = `${detector} | ${place}`;
      if (counts.has(key)) fail(`${answersFile} answers "${key}" twice`);
      counts.set(key, Number(times ?? 1));
    }
  }
  for (const { detector, reason } of disabled)
    if (typeof reason !== "string" || reason.length < 20)
      fail(`${detector} is disabled in ${answersFile} without a reason`);
  return { disabled: new Set(disabled.map(({ detector }) => detector)), counts };
}

const { disabled, counts } = readAnswers();
ensureSlither();
const all = findings();
const found = new Map();
for (const finding of all) {
  if (disabled.has(finding.check)) continue;
  const key = keyOf(finding);
  found.set(key, [...(found.get(key) ?? []), finding]);
}

const unanswered = [...found].filter(([key, list]) => (counts.get(key) ?? 0) < list.length);
const pointless = [...counts].filter(([key, count]) => (found.get(key)?.length ?? 0) < count).map(([key]) => key);
const idle = [...disabled].filter((detector) => !all.some(({ check }) => check === detector));
const answered = [...found.values()].reduce((sum, list) => sum + list.length, 0);
process.stdout.write(
  `slither ${slitherVersion}: ${all.length} findings, ${all.length - answered} of disabled detectors ` +
    `(${[...disabled].join(", ")}), ${answered} at ${found.size} places; ${unanswered.length} places without an answer\n`,
);
for (const [key, list] of unanswered) {
  const times = list.length > 1 ? ` | × ${list.length}` : "";
  process.stdout.write(
    `\nno answer: ${key}${times} (${list[0].impact})\n${list.map(({ description }) => description).join("")}`,
  );
}
for (const key of pointless) process.stdout.write(`\nan answer to nothing: ${key}\n`);
for (const detector of idle) process.stdout.write(`\na disabled detector that finds nothing: ${detector}\n`);
if (unanswered.length + pointless.length + idle.length > 0)
  fail(
    `mend the code, or answer each finding in ${answersFile} with a reason that is true, and take answers to nothing out`,
  );
