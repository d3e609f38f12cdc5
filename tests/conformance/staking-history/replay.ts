import { type Address, toAddress, zeroAddress } from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  livepeerTokenAbi,
  minterAbi,
} from "@livepeer-ts/protocol/abi";
import { parseDeployParams } from "@livepeer-ts/protocol/deploy";
import type { Abi } from "viem";
import { type ContractCall, Reverted, StakingChain } from "../../contracts/support/staking-chain.ts";
import { readAmount, type StakingHistory, type StakingStep } from "./history.ts";

type Outcome = Awaited<ReturnType<StakingChain["send"]>>;
type Values = Readonly<Record<string, unknown>>;

/** The system's fields and those of some accounts, in the recording's form. */
export type StakingState = { readonly system: Values; readonly accounts: Readonly<Record<string, Values>> };

const stakePerAccount = 1000n * 10n ** 18n;
const roundLockAmount = 100_000;
/** Accounts of the chain beside the history's: deployer, ticket broker, treasury, verifier. */
const extraAccounts = 4;

/** Accounts a chain has to fund for this history. */
export function accountsOf(history: StakingHistory): number {
  return history.setup.accounts + extraAccounts;
}

/** A history's accounts on our contracts, ready for its first step. */
export class StakingReplay {
  readonly #chain: StakingChain;
  readonly #roundLength: bigint;
  readonly #addresses = new Map<string, Address>();
  readonly #names = new Map<Address, string>();
  readonly #broker: Address;
  readonly #treasury: Address;
  readonly #verifier: Address;

  constructor(chain: StakingChain, history: StakingHistory) {
    this.#chain = chain;
    this.#roundLength = BigInt(history.setup.roundLength);
    const count = history.setup.accounts;
    for (const [i, address] of chain.accounts.slice(0, count).entries()) {
      this.#addresses.set(`A${i}`, address);
      this.#names.set(address, `A${i}`);
    }
    const [broker, treasury, verifier] = chain.accounts.slice(count);
    if (verifier === undefined) throw new Error(`the chain has too few accounts: start it with ${accountsOf(history)}`);
    this.#broker = broker as Address;
    this.#treasury = treasury as Address;
    this.#verifier = verifier;
  }

  /** The recording's setup on a fresh development chain: plain accounts in place of the TicketBroker and others. */
  static async prepare(history: StakingHistory, rpcUrl: string): Promise<StakingReplay> {
    const { setup } = history;
    const params = parseDeployParams({
      chainId: 31337,
      minter: setup.minter,
      bondingManager: {
        unbondingPeriod: setup.unbondingPeriod,
        numActiveTranscoders: setup.numActiveTranscoders,
        treasuryRewardCutRate: String(readAmount(setup.treasuryRewardCutRate, "treasuryRewardCutRate")),
        treasuryBalanceCeiling: String(readAmount(setup.treasuryBalanceCeiling, "treasuryBalanceCeiling")),
      },
      roundsManager: { roundLength: setup.roundLength, roundLockAmount },
      ticketBroker: { unlockPeriod: 40320, ticketValidityPeriod: 2 },
      deployerSupply: String(readAmount(setup.initialSupply, "initialSupply")),
    });
    const chain = await StakingChain.deploy(rpcUrl, params);
    const replay = new StakingReplay(chain, history);
    await chain.register("TicketBroker", replay.#broker);
    await chain.register("Treasury", replay.#treasury);
    await chain.register("Verifier", replay.#verifier);
    await replay.#setL1Supply(readAmount(setup.l1CirculatingSupply, "l1CirculatingSupply"));
    const token = { abi: livepeerTokenAbi, to: chain.addresses.LivepeerToken };
    for (const address of replay.#addresses.values()) {
      await chain.require(chain.deployer, { ...token, name: "transfer", args: [address, stakePerAccount] });
      const args = [chain.addresses.BondingManager, stakePerAccount];
      await chain.require(address, { ...token, name: "approve", args });
    }
    return replay;
  }

  /** Makes the recorded call number `index`; answers in the recording's words. */
  async run(step: StakingStep, index: number): Promise<string> {
    const outcome =
      step.op === "initializeRound" ? await this.#nextRound(BigInt(index + 1)) : await this.#stakingCall(step);
    if (!(outcome instanceof Reverted)) return "ok";
    return outcome.reason.startsWith("panic") ? outcome.reason : `revert: ${outcome.reason}`;
  }

  /** The system's fields, and those of some accounts. */
  async state(names: readonly string[]): Promise<StakingState> {
    const { addresses } = this.#chain;
    const bonding = (name: string, args: readonly unknown[] = []) =>
      contractCall(bondingManagerAbi, addresses.BondingManager, name, args);
    const votes = (name: string, args: readonly unknown[] = []) =>
      contractCall(bondingVotesAbi, addresses.BondingVotes, name, args);
    const minter = (name: string) => contractCall(minterAbi, addresses.Minter, name, []);
    const token = (name: string, args: readonly unknown[] = []) =>
      contractCall(livepeerTokenAbi, addresses.LivepeerToken, name, args);
    const system = await this.#read({
      round: contractCall(adjustableRoundsManagerAbi, addresses.RoundsManager, "currentRound", []),
      currentRoundTotalActiveStake: bonding("currentRoundTotalActiveStake"),
      nextRoundTotalActiveStake: bonding("nextRoundTotalActiveStake"),
      inflation: minter("inflation"),
      mintable: minter("currentMintableTokens"),
      minted: minter("currentMintedTokens"),
      totalSupply: token("totalSupply"),
      cutRate: bonding("treasuryRewardCutRate"),
      nextCutRate: bonding("nextRoundTreasuryRewardCutRate"),
      treasuryLpt: token("balanceOf", [this.#treasury]),
      minterLpt: token("balanceOf", [addresses.Minter]),
      votesSupply: votes("totalSupply"),
    });
    const round = BigInt(String(system["round"]));
    const accounts: Record<string, Values> = {};
    for (const name of names) {
      const address = this.#address(name);
      accounts[name] = await this.#read({
        delegator: bonding("getDelegator", [address]),
        transcoder: bonding("getTranscoder", [address]),
        pool: bonding("getTranscoderEarningsPoolForRound", [address, round]),
        pendingStake: bonding("pendingStake", [address, 0n]),
        pendingFees: bonding("pendingFees", [address, 0n]),
        status: bonding("delegatorStatus", [address]),
        active: bonding("isActiveTranscoder", [address]),
        votes: votes("getVotes", [address]),
      });
    }
    return { system: { ...system, pool: await this.#pool() }, accounts };
  }

  async #pool(): Promise<string[]> {
    const names: string[] = [];
    const manager = this.#chain.addresses.BondingManager;
    let next = contractCall(bondingManagerAbi, manager, "getFirstTranscoderInPool", []);
    while (true) {
      const [answer] = await this.#chain.read([next]);
      const member = toAddress(String(answer));
      if (member === zeroAddress) return names;
      names.push(this.#names.get(member) ?? member);
      next = contractCall(bondingManagerAbi, manager, "getNextTranscoderInPool", [member]);
    }
  }

  async #nextRound(hash: bigint): Promise<Outcome> {
    const { RoundsManager } = this.#chain.addresses;
    const rounds = (name: string, args: readonly unknown[]) =>
      contractCall(adjustableRoundsManagerAbi, RoundsManager, name, args);
    const word = `0x${hash.toString(16).padStart(64, "0")}`;
    await this.#chain.require(this.#chain.deployer, rounds("mineBlocks", [this.#roundLength]));
    await this.#chain.require(this.#chain.deployer, rounds("setBlockHash", [word]));
    return this.#chain.send(this.#chain.deployer, rounds("initializeRound", []));
  }

  async #stakingCall(step: StakingStep): Promise<Outcome> {
    const args = step.args.map((arg) => {
      if (/^A\d+$/.test(String(arg))) return this.#address(String(arg));
      return /^0x[0-9a-f]{40}$/i.test(String(arg)) ? String(arg) : BigInt(arg);
    });
    const sender = step.who === "system" ? this.#systemAccount(step.op) : this.#address(step.who);
    const manager = this.#chain.addresses.BondingManager;
    return this.#chain.send(sender, contractCall(bondingManagerAbi, manager, step.op, args));
  }

  #systemAccount(op: string): Address {
    if (op === "updateTranscoderWithFees") return this.#broker;
    return op === "slashTranscoder" ? this.#verifier : this.#chain.deployer;
  }

  /** The chain's stand-in for the L1 cache answers 0; another answer needs other code: push the word, return it. */
  async #setL1Supply(supply: bigint): Promise<void> {
    if (supply === 0n) return;
    const code = `0x7f${supply.toString(16).padStart(64, "0")}5f5260205ff3`;
    await this.#chain.rpc("anvil_setCode", [this.#chain.addresses.L2LPTDataCache, code]);
  }

  async #read(calls: Readonly<Record<string, ContractCall>>): Promise<Values> {
    const values = await this.#chain.read(Object.values(calls));
    return Object.fromEntries(Object.keys(calls).map((key, i) => [key, this.#recorded(values[i])]));
  }

  /** A value as the recording writes it: integers as decimal text, accounts by name, nobody as 0. */
  #recorded(value: unknown): unknown {
    if (value instanceof Reverted) return `revert: ${value.reason}`;
    if (typeof value === "bigint") return String(value);
    if (value === zeroAddress) return "0";
    if (typeof value === "string") return this.#names.get(toAddress(value)) ?? value.toLowerCase();
    return Array.isArray(value) ? value.map((item) => this.#recorded(item)) : value;
  }

  #address(name: string): Address {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new Error(`the history has no account ${name}: setup.accounts says how many`);
    return address;
  }
}

function contractCall(abi: Abi, to: Address, name: string, args: readonly unknown[]): ContractCall {
  return { abi, to, name, args };
}
