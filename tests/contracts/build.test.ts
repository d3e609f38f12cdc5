import { readdirSync } from "node:fs";
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

/** Every contract with an ABI in `spec/abi`. */
const specified = namesIn("spec/abi");
/** Contracts of ours that go beyond the originals. */
const extensions = namesIn("spec/abi-extensions");

const contractSizeLimit = 24_576;

let check: RunResult;
let artifacts: Map<string, Artifact>;

beforeAll(async () => {
  check = await checkGeneratedFiles();
  artifacts = new Map((await readArtifacts()).map((artifact) => [artifact.contractName, artifact]));
}, 300_000);

test("the committed ABIs and bytecode are what the contracts build to", () => {
  expect(`${check.stdout}${check.stderr}`).toMatch(/^\d+ files are fresh\n$/);
  expect(check.code).toBe(0);
});

describe("ABI", () => {
  test("is specified for all contracts of the originals", () => {
    expect(specified).toHaveLength(33);
    expect(extensions).toEqual(["AIServiceRegistry", "BondingManagerActiveRedeemers", "BondingManagerRewardCaller"]);
  });

  test.each(specified)("%s has exactly the functions, events and errors of the specification", async (name) => {
    expect(sorted(artifactOf(name).abi)).toEqual(sorted(await specifiedAbi("spec/abi", name)));
  });

  test.each(extensions)("%s has exactly the functions, events and errors written down for it", async (name) => {
    expect(sorted(artifactOf(name).abi)).toEqual(sorted(await specifiedAbi("spec/abi-extensions", name)));
  });

  test("an extension only adds to the original it stands in for", async () => {
    const bondingManager = sorted(await specifiedAbi("spec/abi", "BondingManager"));
    expect(sorted(artifactOf("BondingManagerActiveRedeemers").abi)).toEqual(bondingManager);
    expect(sorted(artifactOf("BondingManagerRewardCaller").abi)).toEqual(expect.arrayContaining(bondingManager));
    expect(sorted(artifactOf("AIServiceRegistry").abi)).toEqual(
      sorted(await specifiedAbi("spec/abi", "ServiceRegistry")),
    );
  });

  test("names that outside tools look up with their file stand in that file", async () => {
    const sources = (await readArtifacts()).map(({ source, contractName }) => `${source}:${contractName}`);
    expect(sources).toContain("contracts/governance/Governor.sol:Governor");
    expect(sources).toContain("contracts/polling/PollCreator.sol:IBondingManager");
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
  for (const name of ["BondingManager", "BondingManagerRewardCaller", "LivepeerGovernor"]) {
    expect(sizes.find(({ contractName }) => contractName === name)?.size).toBeGreaterThan(10_000);
  }
  expect(sizes.filter(({ size }) => size > contractSizeLimit)).toEqual([]);
});

function namesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .map((file) => file.replace(/\.json$/, ""))
    .sort();
}

async function specifiedAbi(folder: string, name: string): Promise<unknown[]> {
  return JSON.parse(await readFile(join(root, folder, `${name}.json`), "utf8")) as unknown[];
}

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
