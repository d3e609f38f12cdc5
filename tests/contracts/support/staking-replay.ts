import {
  type Address,
  type Hex,
  hashFromBytes,
  keccak256,
  LpError,
  toAddress,
  utf8,
  zeroAddress,
} from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  controllerAbi,
  livepeerTokenAbi,
  minterAbi,
  multicall3Abi,
} from "@livepeer-ts/protocol/abi";
import {
  type ChainSession,
  deployProtocol,
  installMulticall3,
  multicall3Address,
  openChainSession,
  type ProtocolAddresses,
  parseDeployParams,
} from "@livepeer-ts/protocol/deploy";
import {
  type Abi,
  type DecodeFunctionResultParameters,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type TestAccount, testAccount } from "./test-accounts.ts";

/** A recorded staking history: calls, and the state of the reference contracts after each. */
export type StakingHistory = {
  readonly setup: {
    readonly roundLength: number;
    readonly accounts: number;
    readonly numActiveTranscoders: number;
    readonly unbondingPeriod: number;
    readonly minter: {
      readonly inflation: number;
      readonly inflationChange: number;
      readonly targetBondingRate: number;
    };
    readonly treasuryBalanceCeiling: string;
    readonly initialSupply: string;
  };
  readonly steps: readonly StakingStep[];
};

export type StakingStep = {
  readonly op: string;
  readonly who: string;
  readonly args: readonly string[];
  readonly result: string;
  readonly after: { readonly accounts: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
};

/** One place where our contracts did something else than the recorded ones. */
export type StakingDifference = {
  readonly step: number;
  readonly op: string;
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
};

type Read = { readonly abi: Abi; readonly to: Address; readonly name: string; readonly args: readonly unknown[] };

const treasuryRewardCutRate = 10n ** 26n;
const ceiling = 20n * 10n ** 18n;
const stakePerAccount = 1000n * 10n ** 18n;

/** Replays a history on a fresh development chain and returns every difference. */
export async function replayStakingHistory(history: StakingHistory, rpcUrl: string): Promise<StakingDifference[]> {
  const replay = await StakingReplay.prepare(history, rpcUrl);
  const differences: StakingDifference[] = [];
  for (const [index, step] of history.steps.entries()) {
    const result = await replay.run(step, index);
    const note = (field: string, expected: unknown, got: unknown) => {
      if (JSON.stringify(expected) !== JSON.stringify(got))
        differences.push({ step: index, op: step.op, field, expected, got });
    };
    note("result", step.result, result);
    const after = await replay.state(Object.keys(step.after.accounts));
    for (const [field, expected] of Object.entries(step.after)) {
      if (field !== "accounts") note(field, expected, after.system[field]);
    }
    for (const [name, expected] of Object.entries(step.after.accounts)) {
      for (const [field, value] of Object.entries(expected as Record<string, unknown>)) {
        note(`${name}.${field}`, value, after.accounts[name]?.[field]);
      }
    }
  }
  return differences;
}

class StakingReplay {
  readonly #session: ChainSession;
  readonly #addresses: ProtocolAddresses;
  readonly #deployer: TestAccount;
  readonly #broker: TestAccount;
  readonly #treasury: Address;
  readonly #roundLength: bigint;
  readonly #accounts = new Map<string, TestAccount>();
  readonly #names = new Map<Address, string>();

  constructor(session: ChainSession, addresses: ProtocolAddresses, history: StakingHistory) {
    this.#session = session;
    this.#addresses = addresses;
    this.#deployer = testAccount(0);
    const count = history.setup.accounts;
    this.#broker = testAccount(count + 1);
    this.#treasury = testAccount(count + 2).address;
    this.#roundLength = BigInt(history.setup.roundLength);
    for (let i = 0; i < count; i++) {
      const account = testAccount(i + 1);
      this.#accounts.set(`A${i}`, account);
      this.#names.set(account.address, `A${i}`);
    }
  }

  /** The recording's setup: default local deployment, a plain account as TicketBroker, LPT for everyone. */
  static async prepare(history: StakingHistory, rpcUrl: string): Promise<StakingReplay> {
    const { setup } = history;
    const faucetSupply = BigInt(setup.initialSupply) - 500_000n * 10n ** 18n;
    const params = parseDeployParams({
      chainId: 31337,
      minter: setup.minter,
      bondingManager: {
        unbondingPeriod: setup.unbondingPeriod,
        numActiveTranscoders: setup.numActiveTranscoders,
        treasuryRewardCutRate: String(treasuryRewardCutRate),
        treasuryBalanceCeiling: String(ceiling),
      },
      roundsManager: { roundLength: setup.roundLength, roundLockAmount: 100000 },
      ticketBroker: { unlockPeriod: 40320, ticketValidityPeriod: 2 },
      faucet: { requestAmount: "0", requestWaitHours: 1, supply: String(faucetSupply) },
      deployerSupply: String(500_000n * 10n ** 18n),
    });
    const session = await openChainSession({ rpcUrl, blocks: "request" }, params.chainId);
    const deployerKey = testAccount(0).key;
    const { addresses } = await deployProtocol({ session, deployerKey, params, rounds: "adjustable" });
    await installMulticall3(session);
    const replay = new StakingReplay(session, addresses, history);
    await replay.#register("TicketBroker", replay.#broker.address);
    await replay.#register("Treasury", replay.#treasury);
    for (const account of replay.#accounts.values()) {
      const token = addresses.LivepeerToken;
      await replay.#call(replay.#deployer, token, livepeerTokenAbi, "transfer", [account.address, stakePerAccount]);
      await replay.#call(account, token, livepeerTokenAbi, "approve", [addresses.BondingManager, stakePerAccount]);
    }
    return replay;
  }

  /** Makes one recorded call; answers in the recording's words. */
  async run(step: StakingStep, index: number): Promise<string> {
    try {
      if (step.op === "initializeRound") await this.#nextRound(index + 1);
      else await this.#stakingCall(step);
      return "ok";
    } catch (error) {
      if (!(error instanceof LpError) || error.code !== "deploy_reverted") throw error;
      const reason = String(error.details["reason"] ?? "");
      return `revert: ${reason.replace(/^execution reverted:? ?/, "")}`;
    }
  }

  /** The system's fields, and those of some accounts, in the recording's form. */
  async state(names: readonly string[]) {
    const a = this.#addresses;
    const bonding = (name: string, args: readonly unknown[] = []): Read => ({
      abi: bondingManagerAbi,
      to: a.BondingManager,
      name,
      args,
    });
    const round = (await this.#session.read(adjustableRoundsManagerAbi, a.RoundsManager, "currentRound", [])) as bigint;
    const system = await this.#readAll({
      currentRoundTotalActiveStake: bonding("currentRoundTotalActiveStake"),
      nextRoundTotalActiveStake: bonding("nextRoundTotalActiveStake"),
      inflation: { abi: minterAbi, to: a.Minter, name: "inflation", args: [] },
      mintable: { abi: minterAbi, to: a.Minter, name: "currentMintableTokens", args: [] },
      minted: { abi: minterAbi, to: a.Minter, name: "currentMintedTokens", args: [] },
      totalSupply: { abi: livepeerTokenAbi, to: a.LivepeerToken, name: "totalSupply", args: [] },
      cutRate: bonding("treasuryRewardCutRate"),
      nextCutRate: bonding("nextRoundTreasuryRewardCutRate"),
      treasuryLpt: { abi: livepeerTokenAbi, to: a.LivepeerToken, name: "balanceOf", args: [this.#treasury] },
      minterLpt: { abi: livepeerTokenAbi, to: a.LivepeerToken, name: "balanceOf", args: [a.Minter] },
      votesSupply: { abi: bondingVotesAbi, to: a.BondingVotes, name: "totalSupply", args: [] },
    });
    const accounts: Record<string, Record<string, unknown>> = {};
    for (const name of names) {
      const address = this.#address(name);
      accounts[name] = await this.#readAll({
        delegator: bonding("getDelegator", [address]),
        transcoder: bonding("getTranscoder", [address]),
        pool: bonding("getTranscoderEarningsPoolForRound", [address, round]),
        pendingStake: bonding("pendingStake", [address, 0n]),
        pendingFees: bonding("pendingFees", [address, 0n]),
        status: bonding("delegatorStatus", [address]),
        active: bonding("isActiveTranscoder", [address]),
        votes: { abi: bondingVotesAbi, to: a.BondingVotes, name: "getVotes", args: [address] },
      });
    }
    return {
      system: { ...system, round: String(round), pool: await this.#pool() } as Record<string, unknown>,
      accounts,
    };
  }

  async #pool(): Promise<string[]> {
    const manager = this.#addresses.BondingManager;
    const names: string[] = [];
    let member: Address = toAddress(
      await this.#session.read(bondingManagerAbi, manager, "getFirstTranscoderInPool", []),
    );
    while (member !== zeroAddress) {
      names.push(this.#names.get(member) ?? member);
      member = toAddress(await this.#session.read(bondingManagerAbi, manager, "getNextTranscoderInPool", [member]));
    }
    return names;
  }

  async #nextRound(hash: number): Promise<void> {
    const rounds = this.#addresses.RoundsManager;
    const word = `0x${hash.toString(16).padStart(64, "0")}`;
    await this.#call(this.#deployer, rounds, adjustableRoundsManagerAbi, "mineBlocks", [this.#roundLength]);
    await this.#call(this.#deployer, rounds, adjustableRoundsManagerAbi, "setBlockHash", [word]);
    await this.#call(this.#deployer, rounds, adjustableRoundsManagerAbi, "initializeRound", []);
  }

  async #stakingCall(step: StakingStep): Promise<void> {
    const sender = step.who === "system" ? this.#broker : this.#accounts.get(step.who);
    if (sender === undefined) throw new Error(`the history has no account ${step.who}`);
    const args = step.args.map((arg) =>
      /^A\d+$/.test(arg) ? this.#address(arg) : arg.startsWith("0x") ? arg : BigInt(arg),
    );
    await this.#call(sender, this.#addresses.BondingManager, bondingManagerAbi, step.op, args);
  }

  async #register(name: string, address: Address): Promise<void> {
    const id = hashFromBytes(keccak256(utf8(name)));
    const args = [id, address, `0x${"00".repeat(20)}`];
    await this.#call(this.#deployer, this.#addresses.Controller, controllerAbi, "setContractInfo", args);
  }

  async #call(
    sender: TestAccount,
    to: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
  ): Promise<void> {
    const data = encodeFunctionData({ abi, functionName, args } as EncodeFunctionDataParameters<Abi, string>);
    await this.#session.send(privateKeyToAccount(sender.key), { what: functionName, to, data });
  }

  async #readAll<K extends string>(reads: Readonly<Record<K, Read>>): Promise<Record<K, unknown>> {
    const entries = Object.entries<Read>(reads);
    const calls = entries.map(([, { abi, to, name, args }]) => ({
      target: to,
      callData: encodeFunctionData({ abi, functionName: name, args } as EncodeFunctionDataParameters<Abi, string>),
    }));
    const data = encodeFunctionData({ abi: multicall3Abi, functionName: "aggregate", args: [calls] });
    const answer = (await this.#session.rpc("eth_call", [{ to: multicall3Address, data }, "latest"])) as Hex;
    const [, results] = decodeFunctionResult({ abi: multicall3Abi, functionName: "aggregate", data: answer });
    const out: Record<string, unknown> = {};
    entries.forEach(([key, { abi, name }], i) => {
      const value = decodeFunctionResult({
        abi,
        functionName: name,
        data: results[i],
      } as DecodeFunctionResultParameters<Abi, string>);
      out[key] = this.#recorded(value);
    });
    return out as Record<K, unknown>;
  }

  /** A value as the recording writes it: integers as decimal text, accounts by name, nobody as 0. */
  #recorded(value: unknown): unknown {
    if (typeof value === "bigint") return String(value);
    if (value === zeroAddress) return "0";
    if (typeof value === "string") return this.#names.get(toAddress(value)) ?? value.toLowerCase();
    return Array.isArray(value) ? value.map((item) => this.#recorded(item)) : value;
  }

  #address(name: string): Address {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new Error(`the history has no account ${name}`);
    return account.address;
  }
}
