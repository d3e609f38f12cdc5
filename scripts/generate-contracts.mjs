#!/usr/bin/env node
// Builds contracts/ with forge and writes what the TypeScript side needs of it:
//   layers/04-protocol/src/abi/<contract>.gen.ts               ABI
//   layers/04-protocol/src/deploy/bytecode/<contract>.gen.ts   creation code and link references
//   layers/04-protocol/src/deploy/<network>-params.gen.ts      contracts/deploy/<network>.json
// With --check nothing is written; it fails when a file differs from a fresh build.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const protocolSource = join(root, "layers/04-protocol/src");
// A folder of its own: solc's output may depend on which other files it compiles, so the build here is always whole.
const buildDir = join(root, "contracts/cache/generate");

/**
 * Contract, its file below contracts/, file name and export name of what is written. `code` says which code to keep:
 * that which creates it, that which stands on the chain, both, or none (interface only).
 */
const contracts = [
  { name: "Controller", source: "Controller.sol", slug: "controller", code: "creation" },
  { name: "ManagerProxy", source: "ManagerProxy.sol", slug: "manager-proxy", code: "creation" },
  { name: "LivepeerToken", source: "token/LivepeerToken.sol", slug: "livepeer-token", code: "creation" },
  {
    name: "LivepeerTokenFaucet",
    source: "token/LivepeerTokenFaucet.sol",
    slug: "livepeer-token-faucet",
    code: "creation",
  },
  { name: "Minter", source: "token/Minter.sol", slug: "minter", code: "creation" },
  {
    name: "SortedDoublyLL",
    source: "libraries/SortedDoublyLL.sol",
    slug: "sorted-doubly-ll",
    code: "creation",
    noAbi: true,
  },
  { name: "BondingManager", source: "bonding/BondingManager.sol", slug: "bonding-manager", code: "creation" },
  { name: "BondingVotes", source: "bonding/BondingVotes.sol", slug: "bonding-votes", code: "creation" },
  { name: "RoundsManager", source: "rounds/RoundsManager.sol", slug: "rounds-manager", code: "creation" },
  {
    name: "AdjustableRoundsManager",
    source: "rounds/AdjustableRoundsManager.sol",
    slug: "adjustable-rounds-manager",
    code: "creation",
  },
  { name: "TicketBroker", source: "pm/TicketBroker.sol", slug: "ticket-broker", code: "creation" },
  { name: "ServiceRegistry", source: "ServiceRegistry.sol", slug: "service-registry", code: "creation" },
  {
    name: "DummyL2LPTDataCache",
    source: "arbitrum/DummyL2LPTDataCache.sol",
    slug: "dummy-l2-lpt-data-cache",
    code: "creation",
  },
  { name: "DummyGateway", source: "arbitrum/DummyGateway.sol", slug: "dummy-gateway", code: "creation" },
  { name: "Multicall3", source: "extensions/Multicall3.sol", slug: "multicall3", code: "runtime" },
  { name: "IPriceFeed", source: "extensions/IPriceFeed.sol", slug: "price-feed", code: "none" },
  // Placed on a devnet at the address that nodes have built in, hence also the code that stands on the chain.
  { name: "AIServiceRegistry", source: "AIServiceRegistry.sol", slug: "ai-service-registry", code: "both" },
  {
    name: "BondingManagerActiveRedeemers",
    source: "extensions/BondingManagerActiveRedeemers.sol",
    slug: "bonding-manager-active-redeemers",
    code: "creation",
    noAbi: true, // that of BondingManager
  },
  {
    name: "BondingManagerRewardCaller",
    source: "extensions/BondingManagerRewardCaller.sol",
    slug: "bonding-manager-reward-caller",
    code: "creation",
  },
  { name: "Governor", source: "governance/Governor.sol", slug: "governor", code: "creation" },
  { name: "Poll", source: "polling/Poll.sol", slug: "poll", code: "none" },
  { name: "PollCreator", source: "polling/PollCreator.sol", slug: "poll-creator", code: "creation" },
  { name: "Treasury", source: "treasury/Treasury.sol", slug: "treasury", code: "creation" },
  {
    name: "LivepeerGovernor",
    source: "treasury/LivepeerGovernor.sol",
    slug: "livepeer-governor",
    code: "creation",
  },
  { name: "MerkleSnapshot", source: "snapshots/MerkleSnapshot.sol", slug: "merkle-snapshot", code: "creation" },
  { name: "DelegatorPool", source: "arbitrum/L2/DelegatorPool.sol", slug: "delegator-pool", code: "creation" },
  { name: "L2Migrator", source: "arbitrum/L2/L2Migrator.sol", slug: "l2-migrator", code: "creation" },
  { name: "L2LPTGateway", source: "arbitrum/L2/L2LPTGateway.sol", slug: "l2-lpt-gateway", code: "creation" },
  {
    name: "L2LPTDataCache",
    source: "arbitrum/L2/L2LPTDataCache.sol",
    slug: "l2-lpt-data-cache",
    code: "creation",
  },
  { name: "L1Migrator", source: "arbitrum/L1/L1Migrator.sol", slug: "l1-migrator", code: "none" },
];

/** Networks whose parameters come with the program, and what they are. */
const parameterFiles = { devnet: "the local network", "arbitrum-like": "a network like Arbitrum One" };

function fail(message) {
  process.stderr.write(`generate-contracts: ${message}\n`);
  process.exit(1);
}

function listSources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory())
        return ["out", "cache"].includes(entry.name) && folder === join(root, "contracts") ? [] : listSources(path);
      return entry.name.endsWith(".sol") ? [path] : [];
    })
    .sort();
}

function inputsHash() {
  const hash = createHash("sha256");
  const require = createRequire(import.meta.url);
  for (const path of [...listSources(join(root, "contracts")), join(root, "foundry.toml")]) {
    hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  for (const name of ["solc", "@openzeppelin/contracts", "@openzeppelin/contracts-upgradeable"]) {
    hash.update(JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")).version);
  }
  return hash.digest("hex");
}

function build() {
  const stamp = join(buildDir, "inputs.sha256");
  const wanted = inputsHash();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;

  const forge = join(
    root,
    `node_modules/@foundry-rs/forge-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}/bin/forge`,
  );
  if (!existsSync(forge)) fail(`forge is not installed for this platform (${forge}): run npm install`);
  rmSync(buildDir, { recursive: true, force: true });
  mkdirSync(buildDir, { recursive: true });
  const run = spawnSync(
    forge,
    ["build", "contracts", "--out", join(buildDir, "out"), "--cache-path", join(buildDir, "forge"), "--color", "never"],
    {
      cwd: root,
      encoding: "utf8",
      // The shim's first line finds Node on the PATH: make it this one.
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` },
    },
  );
  if (run.status !== 0) fail(`forge build failed:\n${run.stdout ?? ""}${run.stderr ?? ""}${run.error ?? ""}`);
  writeFileSync(stamp, wanted);
}

function readArtifact({ name, source }) {
  return JSON.parse(readFileSync(join(buildDir, "out", source.split("/").at(-1), `${name}.json`), "utf8"));
}

function camel(slug) {
  return slug.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

/** Code with its unlinked places zeroed, and those places. */
function unlinked(code) {
  const links = [];
  let hex = code.object;
  for (const libraries of Object.values(code.linkReferences ?? {})) {
    for (const [library, places] of Object.entries(libraries)) {
      for (const { start } of places) {
        links.push({ library, offset: start });
        const at = 2 + start * 2;
        hex = `${hex.slice(0, at)}${"0".repeat(40)}${hex.slice(at + 40)}`;
      }
    }
  }
  if (!/^0x[0-9a-f]*$/.test(hex)) fail("bytecode holds a placeholder that no link reference explains");
  return { hex, links: links.sort((a, b) => a.offset - b.offset) };
}

/** What to write of a contract's code, as `code` says. */
function codesOf(contract, artifact) {
  const name = camel(contract.slug);
  const creation = { what: "Creation", contract: contract.name, code: artifact.bytecode };
  const runtime = { what: "Runtime", contract: contract.name, code: artifact.deployedBytecode };
  if (contract.code === "none") return [];
  if (contract.code === "creation") return [{ ...creation, name: `${name}Code` }];
  if (contract.code === "runtime") return [{ ...runtime, name: `${name}Code` }];
  return [
    { ...creation, name: `${name}Code` },
    { ...runtime, name: `${name}RuntimeCode` },
  ];
}

function codeText({ what, contract, name, code }) {
  const { hex, links } = unlinked(code);
  return (
    `\n/** ${what} code of ${contract}. */\n` +
    `export const ${name}: ContractCode = {\n  contractName: ${JSON.stringify(contract)},\n` +
    `  links: ${JSON.stringify(links)},\n  bytecode:\n    "${hex}",\n};\n`
  );
}

const banner = (source) => `// Written by scripts/generate-contracts.mjs from contracts/${source}; do not edit.\n`;

function outputs() {
  const files = new Map();
  const abiIndex = [];
  const bytecodeIndex = [];
  // The lists are in the order of the file names, as the formatter wants it.
  for (const contract of contracts.toSorted((a, b) => (a.slug < b.slug ? -1 : 1))) {
    const artifact = readArtifact(contract);
    const name = camel(contract.slug);
    if (!contract.noAbi) {
      const abi = JSON.stringify(artifact.abi, null, 2);
      files.set(
        join(protocolSource, "abi", `${contract.slug}.gen.ts`),
        `${banner(contract.source)}\n/** ABI of ${contract.name}. */\nexport const ${name}Abi = ${abi} as const;\n`,
      );
      abiIndex.push(`export { ${name}Abi } from "./${contract.slug}.gen.ts";`);
    }
    const codes = codesOf(contract, artifact);
    if (codes.length === 0) continue;
    files.set(
      join(protocolSource, "deploy/bytecode", `${contract.slug}.gen.ts`),
      `${banner(contract.source)}import type { ContractCode } from "../contract-code.ts";\n${codes.map(codeText).join("")}`,
    );
    bytecodeIndex.push(`export { ${codes.map((code) => code.name).join(", ")} } from "./${contract.slug}.gen.ts";`);
  }
  const list = (lines) => `${lines.join("\n")}\n`;
  files.set(
    join(protocolSource, "abi/index.ts"),
    `// Written by scripts/generate-contracts.mjs; do not edit.\n${list(abiIndex)}`,
  );
  files.set(
    join(protocolSource, "deploy/bytecode/index.ts"),
    `// Written by scripts/generate-contracts.mjs; do not edit.\n${list(bytecodeIndex)}`,
  );

  for (const [network, what] of Object.entries(parameterFiles)) {
    const source = `deploy/${network}.json`;
    const params = JSON.parse(readFileSync(join(root, "contracts", source), "utf8"));
    files.set(
      join(protocolSource, `deploy/${network}-params.gen.ts`),
      `${banner(source)}\n/** Parameters of ${what} as they stand in the file; \`parseDeployParams\` reads them. */\n` +
        `export const ${camel(network)}ParamsJson = ${JSON.stringify(params, null, 2)} as const;\n`,
    );
  }
  return files;
}

const check = process.argv.includes("--check");
build();
const stale = [];
const expected = outputs();
for (const [path, text] of expected) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  stale.push(relative(root, path));
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
for (const folder of ["abi", "deploy/bytecode"]) {
  const path = join(protocolSource, folder);
  if (!existsSync(path)) continue;
  for (const entry of readdirSync(path)) {
    const file = join(path, entry);
    if (!entry.endsWith(".gen.ts") || expected.has(file)) continue;
    stale.push(relative(root, file));
    if (!check) rmSync(file);
  }
}
if (check && stale.length > 0) {
  fail(
    `these files are not what contracts/ builds to; run node scripts/generate-contracts.mjs:\n  ${stale.join("\n  ")}`,
  );
}
process.stdout.write(
  check ? `${expected.size} files are fresh\n` : `${stale.length} of ${expected.size} files written\n`,
);
