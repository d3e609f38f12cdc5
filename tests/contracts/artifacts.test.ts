import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { keccak256, toFunctionSelector, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as abis from "../../layers/04-protocol/src/abi/index.ts";
import * as codes from "../../layers/04-protocol/src/deploy/bytecode/index.ts";
import { type BuildInfo, ExportedArtifacts } from "./support/exported-artifacts.ts";
import { run } from "./support/forge.ts";

const library = "contracts/libraries/SortedDoublyLL.sol";
const bonding = "contracts/bonding/BondingManager.sol";

let exported: ExportedArtifacts;
let buildInfo: BuildInfo;
/** Contract names and their sources, ours only. */
let contracts: readonly (readonly [source: string, name: string])[];

beforeAll(async () => {
  exported = await ExportedArtifacts.make([]);
  buildInfo = await exported.buildInfo(bonding, "BondingManager");
  contracts = Object.entries(buildInfo.output.contracts).flatMap(([source, inside]) =>
    source.startsWith("contracts/") ? Object.keys(inside).map((name) => [source, name] as const) : [],
  );
}, 300_000);

afterAll(async () => {
  await exported?.remove();
});

test("every contract is there in Hardhat's layout", async () => {
  expect(contracts.length).toBeGreaterThan(60);
  expect(exported.printed).toContain(`${contracts.length} contracts for cancun`);
  for (const [source, name] of contracts) {
    const { abi, evm } = buildInfo.output.contracts[source]?.[name] ?? {};
    expect(await exported.artifact(source, name)).toEqual({
      _format: "hh-sol-artifact-1",
      contractName: name,
      sourceName: source,
      abi,
      bytecode: `0x${evm?.bytecode.object}`,
      deployedBytecode: `0x${evm?.deployedBytecode.object}`,
      linkReferences: evm?.bytecode.linkReferences,
      deployedLinkReferences: evm?.deployedBytecode.linkReferences,
    });
  }
});

test("bytecode and ABIs are those this program deploys and speaks", async () => {
  const unlinked = (code: string) => code.replaceAll(/__\$[0-9a-f]{34}\$__/g, "0".repeat(40));
  const sourceOf = (name: string) => contracts.find((contract) => contract[1] === name)?.[0] ?? "";
  let [compared, comparedAbis] = [0, 0];
  for (const [exportName, { contractName, bytecode }] of Object.entries(codes)) {
    const artifact = await exported.artifact(sourceOf(contractName), contractName);
    const isRuntime = exportName.endsWith("RuntimeCode") || contractName === "Multicall3";
    expect(unlinked(isRuntime ? artifact.deployedBytecode : artifact.bytecode), contractName).toBe(bytecode);
    const abi = (abis as Readonly<Record<string, readonly unknown[]>>)[exportName.replace(/Code$/, "Abi")];
    // forge puts the entries in an order of its own.
    if (abi !== undefined) expect(new Set(artifact.abi)).toEqual(new Set(abi));
    compared++;
    if (abi !== undefined) comparedAbis++;
  }
  expect(compared).toBeGreaterThan(25);
  expect(comparedAbis).toBeGreaterThan(20);
});

test("code is linked where the library's placeholders are", async () => {
  const artifact = await exported.artifact(bonding, "BondingManager");
  const placeholder = `__$${keccak256(toHex(`${library}:SortedDoublyLL`)).slice(2, 36)}$__`;
  const places = artifact.linkReferences[library]?.["SortedDoublyLL"] ?? [];
  expect(Object.keys(artifact.linkReferences)).toEqual([library]);
  expect(places.length).toBe(artifact.bytecode.split(placeholder).length - 1);
  for (const { start, length } of places) {
    expect(length).toBe(20);
    expect(artifact.bytecode.slice(2 + 2 * start, 2 + 2 * (start + length))).toBe(placeholder);
  }
  expect(places.map(({ start }) => start)).toEqual(codes.bondingManagerCode.links.map(({ offset }) => offset));
  const list = await exported.artifact(library, "SortedDoublyLL");
  expect(list.bytecode.length).toBeGreaterThan(1000);
  expect(list.linkReferences).toEqual({});
});

test("one build-info file holds the compiler's input and its whole output", async () => {
  const files = await readdir(join(exported.folder, "build-info"));
  expect(files).toEqual([`${buildInfo.id}.json`]);
  expect(buildInfo._format).toBe("hh-sol-build-info-1");
  expect(buildInfo.solcLongVersion).toMatch(
    new RegExp(`^${buildInfo.solcVersion.replaceAll(".", "\\.")}\\+commit\\.\\w+$`),
  );
  const { input, output } = buildInfo;
  expect(Object.keys(output.sources).sort()).toEqual(Object.keys(input.sources).sort());
  for (const { ast } of Object.values(output.sources)) expect(ast.nodeType).toBe("SourceUnit");
  for (const [source, name] of contracts) {
    const { abi, evm } = output.contracts[source]?.[name] ?? {};
    const functions = (abi ?? []).filter((item) => (item as { readonly type: string }).type === "function");
    if (name !== "SortedDoublyLL") expect(Object.keys(evm?.methodIdentifiers ?? {})).toHaveLength(functions.length);
    if (evm?.bytecode.object !== "") expect(evm?.deployedBytecode.sourceMap).toMatch(/^\d+:\d+:\d+/);
  }
  const broker = output.contracts["contracts/pm/TicketBroker.sol"]?.["TicketBroker"];
  expect(broker?.evm.methodIdentifiers["unlockPeriod()"]).toBe(toFunctionSelector("unlockPeriod()").slice(2));
});

test("says what is missing or wrong", async () => {
  const script = "scripts/export-artifacts.mjs";
  expect(await run(process.execPath, [script])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--out is missing"),
  });
  expect(await run(process.execPath, [script, "--out", "."])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("give --out a folder of its own"),
  });
  expect(await run(process.execPath, [script, "--into", "."])).toMatchObject({ code: 1 });
});
