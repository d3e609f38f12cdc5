import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toEventSelector, toFunctionSelector } from "viem";
import { beforeAll, describe, expect, test } from "vitest";
import expectedLayout from "./expected/storage-layout.json" with { type: "json" };
import {
  type Artifact,
  checkGeneratedFiles,
  type RunResult,
  readArtifacts,
  root,
  type StorageEntry,
} from "./support/forge.ts";

/** Contracts that exist by now, out of those with an ABI in `spec/abi`. */
const specified = [
  "Controller",
  "Manager",
  "ManagerProxy",
  "LivepeerToken",
  "LivepeerTokenFaucet",
  "Minter",
  "IL2LPTDataCache",
  "DummyL2LPTDataCache",
  "DummyGateway",
  "BondingManager",
  "BondingVotes",
  "IBondingVotes",
  "IVotes",
  "SortedArrays",
  "RoundsManager",
  "AdjustableRoundsManager",
  "TicketBroker",
  "ServiceRegistry",
];

const contractSizeLimit = 24_576;

let check: RunResult;
let artifacts: Map<string, Artifact>;

beforeAll(async () => {
  check = await checkGeneratedFiles();
  artifacts = new Map((await readArtifacts()).map((artifact) => [artifact.contractName, artifact]));
}, 120_000);

test("the committed ABIs and bytecode are what the contracts build to", () => {
  expect(`${check.stdout}${check.stderr}`).toMatch(/^\d+ files are fresh\n$/);
  expect(check.code).toBe(0);
});

describe("ABI", () => {
  test.each(specified)("%s has exactly the functions, events and errors of the specification", async (name) => {
    const wanted = JSON.parse(await readFile(join(root, "spec/abi", `${name}.json`), "utf8")) as unknown[];
    expect(sorted(artifactOf(name).abi)).toEqual(sorted(wanted));
  });

  test("the linked list is an external library with the selectors its type name gives", () => {
    const list = artifactOf("SortedDoublyLL");
    expect(list.abi).toEqual([]);
    expect(list.methodIdentifiers["insert(SortedDoublyLL.Data storage,address,uint256,address,address)"]).toBe(
      "4fbaa9a6",
    );
    expect(Object.keys(list.methodIdentifiers)).toHaveLength(15);
  });

  test("the identifiers that programs have built in hold", () => {
    expect(toEventSelector("SetContractInfo(bytes32,address,bytes20)")).toBe(
      "0xf9a6cf519167d81bc5cb3d26c60c0c9a19704aa908c148e82a861b570f4cd2d7",
    );
    const ticket = "(address,address,uint256,uint256,uint256,bytes32,bytes)";
    const batch = `batchRedeemWinningTickets(${ticket}[],bytes[],uint256[])`;
    expect(toFunctionSelector(batch)).toBe("0xd01b808e");
    expect(artifactOf("TicketBroker").methodIdentifiers[batch]).toBe("d01b808e");
  });
});

describe("storage", () => {
  test.each(Object.keys(expectedLayout.contracts))("%s keeps its slots", (name) => {
    const layout = artifactOf(name).storageLayout;
    if (layout === undefined) throw new Error(`${name} was built without a storage layout`);
    const types = layout.types ?? {};
    const row = (entry: StorageEntry) => [`${entry.slot}+${entry.offset}`, entry.label, types[entry.type]?.label];
    expect(layout.storage.map(row)).toEqual(expectedLayout.contracts[name as keyof typeof expectedLayout.contracts]);
    for (const type of Object.values(types)) {
      if (type.members === undefined) continue;
      const struct = type.label.replace(/^struct /, "") as keyof typeof expectedLayout.structs;
      expect({ [struct]: type.members.map(row) }).toEqual({ [struct]: expectedLayout.structs[struct] });
    }
  });

  test("every expected struct occurs in a contract", () => {
    const found = new Set<string>();
    for (const name of Object.keys(expectedLayout.contracts)) {
      for (const type of Object.values(artifactOf(name).storageLayout?.types ?? {})) found.add(type.label);
    }
    for (const struct of Object.keys(expectedLayout.structs)) expect(found).toContain(`struct ${struct}`);
  });
});

test("every contract fits the size limit of EIP-170", () => {
  const sizes = [...artifacts.values()].map(({ contractName, deployedBytecode }) => ({
    contractName,
    size: (deployedBytecode.object.length - 2) / 2,
  }));
  expect(sizes.find(({ contractName }) => contractName === "BondingManager")?.size).toBeGreaterThan(10_000);
  expect(sizes.filter(({ size }) => size > contractSizeLimit)).toEqual([]);
});

function artifactOf(name: string): Artifact {
  const artifact = artifacts.get(name);
  if (artifact === undefined) throw new Error(`there is no contract ${name} in contracts/`);
  return artifact;
}

function sorted(entries: readonly unknown[]): string[] {
  return entries.map((entry) => canonical(entry)).sort();
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${key}:${canonical(field)}`).join(",")}}`;
}
