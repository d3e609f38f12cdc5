// Writes every contract of contracts/ the way Hardhat lays out its artifacts, with one build-info file that holds the
// compiler's input and its whole output (syntax trees, method identifiers, source maps). For programs that test with
// Hardhat: give them the folder and run with --no-compile.
//
//   npm run contracts:artifacts -- --out <folder> [--evm-version london]
//
// The input is that of `scripts/generate-contracts.mjs`, so for the usual version the bytecode is the committed one.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Build-info files of earlier runs, one for each version: a compilation takes half a minute. */
const cacheFolder = join(root, "contracts/cache/artifacts");
const usage = "npm run contracts:artifacts -- --out <folder> [--evm-version <name>]";
// `import "x"`, `import { A, B } from "x"`, `import * as A from "x"`
const importPattern = /^\s*import\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gm;

function fail(sentence) {
  process.stderr.write(`contracts:artifacts: ${sentence}\n`);
  process.exit(1);
}

function readOptions() {
  try {
    const options = { out: { type: "string" }, "evm-version": { type: "string" } };
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${error.message}. ${usage}`);
  }
}

/** A setting of foundry.toml's default profile. */
function foundrySetting(name) {
  const text = readFileSync(join(root, "foundry.toml"), "utf8");
  const found = new RegExp(`^${name} = (.+)$`, "m").exec(text)?.[1];
  if (found === undefined) fail(`foundry.toml names no ${name}`);
  return JSON.parse(found.replaceAll("'", '"'));
}

function solidityFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (!entry.isDirectory()) return entry.name.endsWith(".sol") ? [path] : [];
    return ["contracts/out", "contracts/cache"].includes(path) ? [] : solidityFiles(path);
  });
}

function remapped(path, remappings) {
  for (const [from, to] of remappings) if (path.startsWith(from)) return to + path.slice(from.length);
  return path;
}

/** The contracts and everything they import, by the names the compiler gets. */
function collectSources(remappings) {
  const sources = {};
  const waiting = solidityFiles("contracts");
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (sources[name] !== undefined) continue;
    const content = readFileSync(join(root, name), "utf8");
    sources[name] = { content };
    for (const [, path] of content.matchAll(importPattern)) {
      waiting.push(path.startsWith(".") ? posix.join(posix.dirname(name), path) : remapped(path, remappings));
    }
  }
  return Object.fromEntries(Object.entries(sources).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function compilerInput(evmVersion) {
  const remappings = foundrySetting("remappings");
  return {
    language: "Solidity",
    sources: collectSources(remappings.map((line) => line.split("="))),
    settings: {
      remappings,
      optimizer: { enabled: foundrySetting("optimizer"), runs: foundrySetting("optimizer_runs") },
      metadata: { bytecodeHash: foundrySetting("bytecode_hash"), appendCBOR: foundrySetting("cbor_metadata") },
      evmVersion,
      outputSelection: {
        "*": {
          "": ["ast"],
          "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "metadata", "storageLayout"],
        },
      },
    },
  };
}

function compile(solc, input) {
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) fail(`the contracts do not compile:\n${errors.map((e) => e.formattedMessage).join("\n")}`);
  return output;
}

/** The build-info of the present sources, compiled unless an earlier run did. */
function buildInfoOf(evmVersion) {
  const solc = createRequire(import.meta.url)("solc");
  const input = compilerInput(evmVersion);
  const solcLongVersion = solc.version().replace(/\.Emscripten.*$/, "");
  const build = { _format: "hh-sol-build-info-1", solcVersion: solcLongVersion.replace(/\+.*$/, ""), solcLongVersion };
  const id = createHash("md5")
    .update(JSON.stringify({ ...build, input }))
    .digest("hex");
  const cached = join(cacheFolder, `${evmVersion}-${id}.json`);
  if (existsSync(cached)) return JSON.parse(readFileSync(cached, "utf8"));
  const info = { id, ...build, input, output: compile(solc, input) };
  mkdirSync(cacheFolder, { recursive: true });
  for (const name of readdirSync(cacheFolder)) if (name.startsWith(`${evmVersion}-`)) rmSync(join(cacheFolder, name));
  write(`${cached}.new`, info);
  renameSync(`${cached}.new`, cached);
  return info;
}

function artifact(sourceName, contractName, { abi, evm }) {
  const code = ({ object }) => (object === "" ? "0x" : `0x${object}`);
  return {
    _format: "hh-sol-artifact-1",
    contractName,
    sourceName,
    abi,
    bytecode: code(evm.bytecode),
    deployedBytecode: code(evm.deployedBytecode),
    linkReferences: evm.bytecode.linkReferences,
    deployedLinkReferences: evm.deployedBytecode.linkReferences,
  };
}

function write(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value, null, 2));
}

const options = readOptions();
if (options.out === undefined) fail(`--out is missing. ${usage}`);
const out = resolve(options.out);
if (existsSync(join(out, "contracts", "Controller.sol")) && existsSync(join(out, "foundry.toml")))
  fail(`${out} holds the contracts themselves: give --out a folder of its own`);

const info = buildInfoOf(options["evm-version"] ?? foundrySetting("evm_version"));
const buildInfo = join(out, "build-info", `${info.id}.json`);
write(buildInfo, info);

let written = 0;
for (const [sourceName, contracts] of Object.entries(info.output.contracts)) {
  if (!sourceName.startsWith("contracts/")) continue;
  for (const [contractName, compiled] of Object.entries(contracts)) {
    const folder = join(out, sourceName);
    write(join(folder, `${contractName}.json`), artifact(sourceName, contractName, compiled));
    write(join(folder, `${contractName}.dbg.json`), {
      _format: "hh-sol-dbg-1",
      buildInfo: relative(folder, buildInfo).replaceAll("\\", "/"),
    });
    written++;
  }
}
process.stdout.write(`${written} contracts for ${info.input.settings.evmVersion} in ${out}\n`);
