import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { bondingManagerAbi } from "@livepeer-ts/protocol/abi";
import { bondingManagerTargets } from "@livepeer-ts/protocol/deploy";
import { keccak256, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BuildInfo, ExportedArtifacts } from "./support/exported-artifacts.ts";
import { type Artifact, checkGeneratedFiles, readArtifacts, run } from "./support/forge.ts";

const library = "contracts/libraries/SortedDoublyLL.sol";
const bonding = "contracts/bonding/BondingManager.sol";

let exported: ExportedArtifacts;
let buildInfo: BuildInfo;
let built: readonly Artifact[];

beforeAll(async () => {
  exported = await ExportedArtifacts.make([]);
  buildInfo = await exported.buildInfo(bonding, "BondingManager");
  const fresh = await checkGeneratedFiles(); // leaves the generator's build behind
  expect(`${fresh.stdout}${fresh.stderr}`).toMatch(/files are fresh/);
  built = await readArtifacts();
}, 300_000);

afterAll(async () => {
  await exported?.remove();
});

test("every contract is there in Hardhat's layout with the bytecode of the committed build", async () => {
  expect(built.length).toBeGreaterThan(60);
  expect(exported.printed).toContain(`${built.length} contracts for cancun`);
  for (const { source, contractName, abi, bytecode, deployedBytecode } of built) {
    const found = await exported.artifact(source, contractName);
    expect(found).toEqual({
      _format: "hh-sol-artifact-1",
      contractName,
      sourceName: source,
      abi: expect.any(Array),
      bytecode: bytecode.object,
      deployedBytecode: deployedBytecode.object,
      linkReferences: bytecode.linkReferences,
      deployedLinkReferences: deployedBytecode.linkReferences,
    });
    expect(new Set(found.abi.map((item) => JSON.stringify(item)))).toEqual(
      new Set(abi.map((item) => JSON.stringify(item))),
    );
  }
});

test("code is linked where the library's placeholders are", async () => {
  const artifact = await exported.artifact(bonding, "BondingManager");
  expect(artifact.abi).toEqual(bondingManagerAbi);
  const placeholder = `__$${keccak256(toHex(`${library}:SortedDoublyLL`)).slice(2, 36)}$__`;
  const places = artifact.linkReferences[library]?.["SortedDoublyLL"] ?? [];
  expect(Object.keys(artifact.linkReferences)).toEqual([library]);
  expect(places.length).toBe(artifact.bytecode.split(placeholder).length - 1);
  for (const { start, length } of places) {
    expect(length).toBe(20);
    expect(artifact.bytecode.slice(2 + 2 * start, 2 + 2 * (start + length))).toBe(placeholder);
  }
  // Linked with nothing it is the code that this program deploys.
  const { code } = bondingManagerTargets.base;
  expect(artifact.bytecode.replaceAll(placeholder, "0".repeat(40))).toBe(code.bytecode);
  expect(places.map(({ start }) => start)).toEqual(code.links.map(({ offset }) => offset));
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
  for (const { source, contractName, methodIdentifiers, bytecode } of built) {
    const compiled = output.contracts[source]?.[contractName];
    expect(compiled?.evm.methodIdentifiers).toEqual(methodIdentifiers);
    expect(`0x${compiled?.evm.bytecode.object}`).toBe(bytecode.object);
    if (bytecode.object !== "0x") expect(compiled?.evm.deployedBytecode.sourceMap).toMatch(/^\d+:\d+:\d+/);
  }
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
