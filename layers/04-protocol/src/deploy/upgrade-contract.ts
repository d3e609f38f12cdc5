import { type Address, type Hex, LpError, toAddress, zeroAddress } from "@livepeer-ts/kernel";
import { type Abi, encodeDeployData, encodeFunctionData } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import {
  bondingVotesAbi,
  controllerAbi,
  l2MigratorAbi,
  livepeerGovernorAbi,
  managerProxyAbi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "../abi/index.ts";
import {
  bondingVotesCode,
  l2MigratorCode,
  livepeerGovernorCode,
  roundsManagerCode,
  serviceRegistryCode,
  sortedDoublyLlCode,
  ticketBrokerCode,
} from "./bytecode/index.ts";
import type { ChainSession } from "./chain-session.ts";
import { type ContractCode, isMadeBy, linkCode, linkedLibraries } from "./contract-code.ts";
import { type ContractState, changedState, readState, type StateChange } from "./contract-state.ts";
import { requireOwner, sendAsOwner } from "./controller-owner.ts";
import { findCreated } from "./find-created.ts";
import { type BondingManagerVariant, bondingManagerTargets } from "./plan/bonding-manager-targets.ts";
import { registryId } from "./plan/plan-builder.ts";

type Target = { readonly code: ContractCode; readonly abi: Abi };

const plainTargets = {
  BondingVotes: { code: bondingVotesCode, abi: bondingVotesAbi },
  RoundsManager: { code: roundsManagerCode, abi: roundsManagerAbi },
  TicketBroker: { code: ticketBrokerCode, abi: ticketBrokerAbi },
  ServiceRegistry: { code: serviceRegistryCode, abi: serviceRegistryAbi },
  LivepeerGovernor: { code: livepeerGovernorCode, abi: livepeerGovernorAbi },
  L2Migrator: { code: l2MigratorCode, abi: l2MigratorAbi },
} as const satisfies Record<string, Target>;

/** A contract whose code can be replaced behind its proxy. */
export type ProxiedContract = "BondingManager" | keyof typeof plainTargets;

/** Contracts whose code can be replaced behind their proxies. */
export const proxiedContracts: readonly ProxiedContract[] = [
  "BondingManager",
  ...(Object.keys(plainTargets) as (keyof typeof plainTargets)[]),
];

export type UpgradeContractOptions = {
  readonly session: ChainSession;
  readonly controller: Address;
  /** Private key of the Controller's owner, or of the owner of the Governor that owns it. */
  readonly key: Hex;
  readonly contract: ProxiedContract;
  /** Code of the BondingManager. Default `base`. */
  readonly variant?: BondingManagerVariant;
  /** 20 bytes recorded with the registration. Default: zero. */
  readonly gitCommitHash?: Hex;
  /** Called before every transaction with what is about to be done. */
  readonly onStep?: (what: string) => void;
};

/** What an upgrade did. */
export type UpgradedContract = {
  readonly proxy: Address;
  readonly previousTarget: Address;
  readonly target: Address;
  /** 0 when the code was there already. */
  readonly transactions: number;
  readonly gasUsed: bigint;
  /** Values read through the proxy before and after. */
  readonly valuesRead: number;
  /** Those that differ. Others may have used the contract in the meantime; right after an upgrade there should be none. */
  readonly changes: readonly StateChange[];
};

/**
 * Puts the code of this build behind a contract's proxy, with all its state. Run again after an interruption it uses the
 * code that is on the chain already. Rejects with `contract_missing`, `chain_not_owner`, `upgrade_failed`,
 * `upgrade_interrupted` (retryable) and the session's codes.
 */
export async function upgradeContract(options: UpgradeContractOptions): Promise<UpgradedContract> {
  const { session, controller, contract } = options;
  const { code, abi } = targetOf(contract, options.variant ?? "base");
  const account = privateKeyToAccount(options.key);
  const proxy = await registered(session, controller, contract);
  const previousTarget = await registered(session, controller, `${contract}Target`);
  const before = await readState(session, proxy, abi);
  if (isMadeBy(code, await session.code(previousTarget))) {
    return upgraded({ proxy, previousTarget, target: previousTarget, sent: [] }, before, before);
  }
  await requireOwner(session, controller, account, { what: `upgrade ${contract}` });
  try {
    const { target, sent } = await replace(options, account, previousTarget);
    const after = await readState(session, proxy, abi);
    return upgraded({ proxy, previousTarget, target, sent }, before, after);
  } catch (cause) {
    if (!(cause instanceof LpError) || !cause.retryable) throw cause;
    throw new LpError({
      code: "upgrade_interrupted",
      message: `the upgrade of ${contract} was interrupted: ${cause.message}. Nothing is lost: run the same command again to go on`,
      details: { contract, reason: cause.code },
      retryable: true,
      cause,
    });
  }
}

async function replace(
  options: UpgradeContractOptions,
  account: PrivateKeyAccount,
  previousTarget: Address,
): Promise<{ readonly target: Address; readonly sent: readonly Sent[] }> {
  const { session, controller, contract } = options;
  const { code, abi } = targetOf(contract, options.variant ?? "base");
  const work = new UpgradeWork(options, account, await session.settledNonce(toAddress(account.address)));
  const target = await work.target(code, abi, previousTarget);
  const what = `register the new code of ${contract}`;
  options.onStep?.(what);
  const data = encodeFunctionData({
    abi: controllerAbi,
    functionName: "setContractInfo",
    args: [registryId(`${contract}Target`), target, options.gitCommitHash ?? `0x${"00".repeat(20)}`],
  });
  const registration = await sendAsOwner(session, controller, account, { what, to: controller, data });
  const found = await registered(session, controller, `${contract}Target`);
  if (found !== target) throw failed(`${contract}Target is ${found} instead of ${target}`);
  return { target, sent: [...work.sent, registration] };
}

type Sent = { readonly transactions: number; readonly gasUsed: bigint };

/** Creates what is not on the chain yet. */
class UpgradeWork {
  readonly sent: Sent[] = [];
  readonly #options: UpgradeContractOptions;
  readonly #account: PrivateKeyAccount;
  readonly #nonce: number;

  constructor(options: UpgradeContractOptions, account: PrivateKeyAccount, nonce: number) {
    this.#options = options;
    this.#account = account;
    this.#nonce = nonce;
  }

  async target(code: ContractCode, abi: Abi, previousTarget: Address): Promise<Address> {
    const { session, controller } = this.#options;
    const libraries = code.links.length === 0 ? {} : { SortedDoublyLL: await this.#list(previousTarget) };
    const linked = { ...code, bytecode: linkCode(code, libraries) };
    const existing = await this.#find(linked);
    const isOurs = async (address: Address) =>
      toAddress(await session.read(managerProxyAbi, address, "controller", [])) === controller;
    if (existing !== undefined && (await isOurs(existing))) return existing;
    return this.#create(linked, abi, [controller]);
  }

  /** The list library the previous code is linked with if it is this build's, else one the account made, else a new one. */
  async #list(previousTarget: Address): Promise<Address> {
    const { session } = this.#options;
    const previous = await session.code(previousTarget);
    for (const { code } of Object.values(bondingManagerTargets)) {
      const list = isMadeBy(code, previous) ? linkedLibraries(code, previous)["SortedDoublyLL"] : undefined;
      if (list !== undefined && isMadeBy(sortedDoublyLlCode, await session.code(list))) return list;
    }
    return (await this.#find(sortedDoublyLlCode)) ?? (await this.#create(sortedDoublyLlCode, [], []));
  }

  async #find(code: ContractCode): Promise<Address | undefined> {
    const account = toAddress(this.#account.address);
    return (await findCreated(this.#options.session, account, this.#nonce, code))?.address;
  }

  async #create(code: ContractCode, abi: Abi, args: readonly unknown[]): Promise<Address> {
    const { session } = this.#options;
    const what = `create ${code.contractName}`;
    this.#options.onStep?.(what);
    const data = encodeDeployData({ abi, bytecode: code.bytecode, args: [...args] } as Parameters<
      typeof encodeDeployData
    >[0]);
    const { contractAddress, gasUsed } = await session.send(this.#account, { what, data });
    this.sent.push({ transactions: 1, gasUsed });
    const address = toAddress(contractAddress ?? zeroAddress);
    if (!isMadeBy(code, await session.code(address))) throw failed(`${what} left other code at ${address}`);
    return address;
  }
}

function targetOf(contract: ProxiedContract, variant: BondingManagerVariant): Target {
  return contract === "BondingManager" ? bondingManagerTargets[variant] : plainTargets[contract];
}

async function registered(session: ChainSession, controller: Address, name: string): Promise<Address> {
  const address = toAddress(await session.read(controllerAbi, controller, "getContract", [registryId(name)]));
  if (address !== zeroAddress) return address;
  throw new LpError({
    code: "contract_missing",
    message: `the controller ${controller} knows no ${name}: finish the deployment first (livepeer chain deploy), or give another --controller`,
    details: { controller, name },
  });
}

function upgraded(
  done: { proxy: Address; previousTarget: Address; target: Address; sent: readonly Sent[] },
  before: ContractState,
  after: ContractState,
): UpgradedContract {
  return {
    proxy: done.proxy,
    previousTarget: done.previousTarget,
    target: done.target,
    transactions: done.sent.reduce((sum, { transactions }) => sum + transactions, 0),
    gasUsed: done.sent.reduce((sum, { gasUsed }) => sum + gasUsed, 0n),
    valuesRead: before.size,
    changes: changedState(before, after),
  };
}

function failed(found: string): LpError {
  return new LpError({
    code: "upgrade_failed",
    message: `the upgrade did not take hold: ${found}; the node may serve an old state, run the same command again`,
    details: { found },
  });
}
