import { readFile } from "node:fs/promises";
import { type Address, type Hex, hashFromBytes, keccak256, toAddress, utf8, zeroAddress } from "@livepeer-ts/kernel";
import { controllerAbi, livepeerGovernorAbi, treasuryAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  type ChainSession,
  type DeployParams,
  deployProtocol,
  devnetDeployParams,
  openChainSession,
  type ProtocolAddresses,
  parseDeployParams,
} from "@livepeer-ts/protocol/deploy";
import { encodeFunctionData, numberToHex, parseAbi, toEventSelector } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAuditTables } from "./support/audit-tables.ts";
import { ExportedArtifacts } from "./support/exported-artifacts.ts";
import { privilegedFunctions } from "./support/privileged-functions.ts";
import { testAccount } from "./support/test-accounts.ts";

const deployer = testAccount(0);
const owner = testAccount(1);
/** Beyond the first round of either network. */
const firstBlock = 20_000;
const tables = await readAuditTables();
const idOf = (name: string) => hashFromBytes(keccak256(utf8(name)));
const roleId = (name: string): Hex => (name === "DEFAULT_ADMIN_ROLE" ? `0x${"00".repeat(32)}` : idOf(name));
const granted = toEventSelector("RoleGranted(bytes32,address,address)");
const allBlocks = { fromBlock: numberToHex(firstBlock), toBlock: "latest" };
const revoked = toEventSelector("RoleRevoked(bytes32,address,address)");

describe.each([
  ["local", 31337],
  ["arbitrumLike", 421614],
] as const)("the %s network", (column, chainId) => {
  let anvil: Anvil;
  let network: Network;

  beforeAll(async () => {
    anvil = await startAnvil({ chainId, firstBlock });
    const params = column === "local" ? devnetDeployParams : await arbitrumLikeParams(chainId);
    const session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, chainId);
    const { addresses } = await deployProtocol({ session, deployerKey: deployer.key, params });
    network = new Network(session, addresses, params);
  }, 60_000);

  afterAll(async () => {
    await anvil?.stop();
  });

  test.each(tables.roles.flatMap(({ decidedBy, ...row }) => (decidedBy === undefined ? [] : [{ ...row, decidedBy }])))(
    "has the role of $role in the hands the audit names",
    async ({ decidedBy, [column]: holders }) => {
      const found = await network.holders(decidedBy);
      expect(found?.toSorted()).toEqual(holders?.toSorted());
    },
  );

  test("has no other roles of OpenZeppelin's access control", async () => {
    const listed = tables.roles.flatMap(({ decidedBy, [column]: holders }) =>
      decidedBy?.includes("_ROLE") && holders !== undefined && !holders.includes("nobody") ? [decidedBy] : [],
    );
    expect((await network.rolesInUse()).toSorted()).toEqual(listed.toSorted());
  });
});

test("every function that looks at its caller is in the audit, with its guard", async () => {
  const exported = await ExportedArtifacts.make([]);
  try {
    const buildInfo = await exported.buildInfo("contracts/bonding/BondingManager.sol", "BondingManager");
    const found = privilegedFunctions(buildInfo).map(({ name, guard }) => `${name} ${guard}`);
    const listed = tables.functions.flatMap(({ guard, functions }) => functions.map((name) => `${name} ${guard}`));
    expect(listed).toHaveLength(new Set(listed).size);
    expect(found.length).toBeGreaterThan(100);
    expect([...new Set(found)].toSorted()).toEqual(listed.toSorted());
  } finally {
    await exported.remove();
  }
}, 300_000);

test("every role guards something, and nothing is guarded by a role that is not described", () => {
  const used = new Set(tables.functions.flatMap(({ roles }) => roles));
  expect([...used].toSorted()).toEqual(tables.roles.map(({ role }) => role).toSorted());
});

async function arbitrumLikeParams(chainId: number): Promise<DeployParams> {
  const file = new URL("../../contracts/deploy/arbitrum-like.json", import.meta.url);
  const json = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  return parseDeployParams({ ...json, governor: { owner: owner.address, takesOver: true } }, chainId);
}

type RoleEvent = { readonly address: Hex; readonly topics: readonly Hex[] };

/** A deployment, and what its chain says about who may do what. */
class Network {
  readonly #session: ChainSession;
  readonly #addresses: ProtocolAddresses;
  readonly #names: ReadonlyMap<Address, string>;
  #roleEvents: Promise<unknown> | undefined;

  constructor(session: ChainSession, addresses: ProtocolAddresses, { bridge }: DeployParams) {
    this.#session = session;
    this.#addresses = addresses;
    const named = { ...addresses, ...bridge, deployer: deployer.address, owner: owner.address, nobody: zeroAddress };
    this.#names = new Map(
      Object.entries(named).flatMap(([name, address]) => (address === undefined ? [] : [[address, name] as const])),
    );
  }

  /** Names of the holders of a role; undefined where its contract is not there. */
  async holders(decidedBy: string): Promise<string[] | undefined> {
    if (decidedBy === "every controller()") return this.#controllers();
    if (decidedBy === "initialize()") return this.#initializable();
    const registered = /^Controller\[(\w+)\]$/.exec(decidedBy)?.[1];
    if (registered !== undefined) {
      const { Controller } = this.#addresses;
      return [this.#name(await this.#session.read(controllerAbi, Controller, "getContract", [idOf(registered)]))];
    }
    const [, contract = "", getter, role] = /^(\w+)(?:\.(\w+)\(\)| (\w+_ROLE))$/.exec(decidedBy) ?? [];
    const address = this.#address(contract);
    if (address === undefined) return undefined;
    if (getter !== undefined) return [await this.#getter(address, getter)];
    const holders = [...((await this.#grants(address)).get(roleId(role ?? "")) ?? [])];
    return holders.length === 0 ? ["nobody"] : holders.map((holder) => this.#name(holder));
  }

  /** `Contract ROLE` of every role that somebody has. */
  async rolesInUse(): Promise<string[]> {
    const roles = ["DEFAULT", "TIMELOCK"].map((name) => `${name}_ADMIN_ROLE`);
    for (const name of ["MINTER", "BURNER", "PROPOSER", "CANCELLER", "EXECUTOR"]) roles.push(`${name}_ROLE`);
    const found: string[] = [];
    for (const [contract, address] of Object.entries(this.#addresses)) {
      if (address === undefined) continue;
      for (const [id, holders] of await this.#grants(address)) {
        if (holders.size > 0) found.push(`${contract} ${roles.find((role) => roleId(role) === id) ?? id}`);
      }
    }
    return found;
  }

  /** Holders by role, from the events of a contract. */
  async #grants(contract: Address): Promise<Map<Hex, Set<Address>>> {
    this.#roleEvents ??= this.#session.rpc("eth_getLogs", [{ ...allBlocks, topics: [[granted, revoked]] }]);
    const grants = new Map<Hex, Set<Address>>();
    for (const { address, topics } of (await this.#roleEvents) as readonly RoleEvent[]) {
      if (toAddress(address) !== contract) continue;
      const [event, role = "0x", account = "0x"] = topics;
      const holders = grants.get(role) ?? new Set();
      grants.set(role, holders);
      const holder = toAddress(`0x${account.slice(-40)}`);
      if (event === granted) holders.add(holder);
      else holders.delete(holder);
    }
    return grants;
  }

  async #controllers(): Promise<string[]> {
    const found = new Set<string>();
    // Neither the Controller itself nor these answer to one.
    const free =
      /^(Controller|LivepeerToken|LivepeerTokenFaucet|Treasury|Governor|PollCreator|SortedDoublyLL|DelegatorPool|L2LPT.*)$/;
    for (const [name, address] of Object.entries(this.#addresses)) {
      if (address !== undefined && !free.test(name)) found.add(await this.#getter(address, "controller"));
    }
    return [...found];
  }

  /** Who could still set up the treasury or its governor: nobody, when both refuse, also behind the proxy. */
  async #initializable(): Promise<string[]> {
    const { Treasury, LivepeerGovernor, LivepeerGovernorTarget } = this.#addresses;
    const setTreasury = encodeFunctionData({
      abi: treasuryAbi,
      functionName: "initialize",
      args: [0n, [owner.address], [owner.address], owner.address],
    });
    const setGovernor = encodeFunctionData({
      abi: livepeerGovernorAbi,
      functionName: "initialize",
      args: [0n, 1n, 0n, 0n, 0n],
    });
    const open: string[] = [];
    for (const [to, data] of [
      [Treasury, setTreasury],
      [LivepeerGovernor, setGovernor],
      [LivepeerGovernorTarget, setGovernor],
    ] as const) {
      const answer = await this.#session.rpc("eth_call", [{ from: owner.address, to, data }, "latest"]).then(
        () => "it was set up",
        (error: unknown) => String(error),
      );
      if (!answer.includes("Initializable: contract is already initialized")) open.push(`${this.#name(to)}: ${answer}`);
    }
    return open.length === 0 ? ["nobody"] : open;
  }

  async #getter(contract: Address, name: string): Promise<string> {
    const abi = parseAbi([`function ${name}() view returns (address)`]);
    return this.#name((await this.#session.read(abi, contract, name, [])) as Hex);
  }

  #address(name: string): Address | undefined {
    if (name === "L2LPTGateway" && this.#addresses.L2Migrator === undefined) return undefined;
    if (name === "L2LPTDataCache" && this.#addresses.L2Migrator === undefined) return undefined;
    return this.#addresses[name as keyof ProtocolAddresses];
  }

  #name(address: Hex): string {
    return this.#names.get(toAddress(address)) ?? address;
  }
}
