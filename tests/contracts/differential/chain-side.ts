import { createKeySigner, type Ticket, ticketAuxData, ticketHashBytes } from "@livepeer-ts/economics";
import {
  type Address,
  hashFromBytes,
  keccak256,
  maxUint256,
  paddedBigEndian,
  toAddress,
  toHex,
  utf8,
  zeroAddress,
} from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  livepeerTokenAbi,
  ticketBrokerAbi,
} from "@livepeer-ts/protocol/abi";
import { type DeployParams, parseDeployParams } from "@livepeer-ts/protocol/deploy";
import { type Abi, type AbiEvent, decodeEventLog } from "viem";
import { treasury } from "../model/rewards.ts";
import { type Account, nobody } from "../model/world.ts";
import { type ChainLog, Reverted, StakingChain } from "../support/staking-chain.ts";

/** Why a call was refused, or the events of its block. */
export type ChainOutcome = Reverted | readonly ChainLog[];

/** What a history starts from. Amounts in wei. */
export type Beginning = {
  readonly actors: number;
  readonly poolSize: number;
  /** Blocks. */
  readonly roundLength: bigint;
  /** Rounds. */
  readonly unbondingPeriod: bigint;
  /** Of 1e9. */
  readonly inflation: bigint;
  readonly inflationChange: bigint;
  readonly targetBondingRate: bigint;
  /** Of 1e27. */
  readonly treasuryCut: bigint;
  readonly lptPerActor: bigint;
  readonly supply: bigint;
  readonly etherDeposit: bigint;
};

/** Of 1e6. */
export const roundLockAmount = 100_000n;
const firstHash = 0x1000n;
const senderKey = keccak256(utf8("sender of tickets"));

/** Our contracts, with names for accounts. Fees come from real winning tickets, slashes from a registered verifier. */
export class ChainSide {
  readonly chain: StakingChain;
  readonly actors: readonly Account[];
  readonly #addresses: ReadonlyMap<Account, Address>;
  readonly #names: ReadonlyMap<Address, Account>;
  readonly #sender = createKeySigner(senderKey);
  #rounds = 0n;
  #tickets = 0;
  #creationRound = { round: 0n, hash: firstHash };

  private constructor(chain: StakingChain, beginning: Beginning) {
    this.chain = chain;
    const [verifier, ...others] = chain.accounts;
    const named: [Account, Address][] = others.slice(0, beginning.actors).map((address, i) => [`A${i}`, address]);
    this.actors = named.map(([name]) => name);
    named.push(["owner", chain.deployer], ["verifier", verifier as Address], [nobody, zeroAddress]);
    named.push([treasury, chain.addresses.Treasury]);
    this.#addresses = new Map(named);
    this.#names = new Map(named.map(([name, address]) => [address, name]));
  }

  /** Deploys, registers the verifier, and gives everybody LPT. */
  static async begin(rpcUrl: string, beginning: Beginning): Promise<ChainSide> {
    const chain = await StakingChain.deploy(rpcUrl, deployParams(beginning));
    const side = new ChainSide(chain, beginning);
    const { LivepeerToken, BondingManager, Minter, TicketBroker } = chain.addresses;
    await chain.register("Verifier", side.address("verifier"));
    const token = { abi: livepeerTokenAbi, to: LivepeerToken };
    // Slashed tokens are burned, which the Minter may do only with this role.
    const burner = hashFromBytes(keccak256(utf8("BURNER_ROLE")));
    await chain.require(chain.deployer, { ...token, name: "grantRole", args: [burner, Minter] });
    for (const actor of side.actors) {
      const address = side.address(actor);
      await chain.require(chain.deployer, { ...token, name: "transfer", args: [address, beginning.lptPerActor] });
      await chain.require(address, { ...token, name: "approve", args: [BondingManager, maxUint256] });
    }
    await chain.require(chain.deployer, {
      abi: ticketBrokerAbi,
      to: TicketBroker,
      name: "fundDepositAndReserveFor",
      args: [side.#sender.address, beginning.etherDeposit, 0n],
      value: beginning.etherDeposit,
    });
    return side;
  }

  address(name: Account): Address {
    const address = this.#addresses.get(name);
    if (address === undefined) throw new Error(`there is no account ${name}`);
    return address;
  }

  name(address: unknown): Account {
    return this.#names.get(toAddress(String(address))) ?? String(address);
  }

  /** A reason with names in place of addresses. */
  reason({ reason }: Reverted): string {
    return reason.replace(/0x[0-9a-fA-F]{40}/g, (address) => this.name(address));
  }

  /** Events about stake and votes, with names in place of addresses. */
  events(logs: readonly ChainLog[]): string[] {
    const { BondingManager, BondingVotes } = this.chain.addresses;
    return logs.flatMap((log) => {
      const address = toAddress(log.address);
      if (address !== BondingManager && address !== BondingVotes) return [];
      const abi: Abi = address === BondingManager ? bondingManagerAbi : bondingVotesAbi;
      const { eventName, args } = decodeEventLog({ abi, data: log.data, topics: log.topics });
      if (eventName === "ParameterUpdate") return [];
      const inputs = abi.find((item) => item.type === "event" && item.name === eventName) as AbiEvent;
      const values = inputs.inputs.map(({ name }) => (args as unknown as Record<string, unknown>)[name ?? ""]);
      const words = values.map((value) => (typeof value === "bigint" ? value : this.name(value)));
      return [`${eventName}(${words.join(", ")})`];
    });
  }

  bonding(who: Account, name: string, args: readonly (bigint | Account)[]): Promise<ChainOutcome> {
    return this.chain.send(this.address(who), {
      abi: bondingManagerAbi,
      to: this.chain.addresses.BondingManager,
      name,
      args: args.map((arg) => (typeof arg === "bigint" ? arg : this.address(arg))),
    });
  }

  mineBlocks(blocks: bigint): Promise<ChainOutcome> {
    return this.#roundsCall("mineBlocks", [blocks]);
  }

  async initializeRound(): Promise<ChainOutcome> {
    const hash = firstHash + this.#rounds;
    await this.#roundsCall("setBlockHash", [toHex(paddedBigEndian(hash, 32))]);
    const outcome = await this.#roundsCall("initializeRound", []);
    if (outcome instanceof Reverted) return outcome;
    this.#rounds += 1n;
    const rounds = { abi: adjustableRoundsManagerAbi, to: this.chain.addresses.RoundsManager };
    const [round] = await this.chain.read([{ ...rounds, name: "currentRound", args: [] }]);
    this.#creationRound = { round: BigInt(String(round)), hash };
    return outcome;
  }

  /** A ticket of the round initialized last, which wins whatever is drawn. */
  redeemTicket(recipient: Account, faceValueWei: bigint): Promise<ChainOutcome> {
    this.#tickets += 1;
    const rand = BigInt(this.#tickets);
    const ticket: Ticket = {
      recipient: this.address(recipient),
      sender: this.#sender.address,
      faceValueWei,
      winProb: maxUint256,
      senderNonce: this.#tickets,
      recipientRandHash: hashFromBytes(keccak256(paddedBigEndian(rand, 32))),
      creationRound: this.#creationRound.round,
      creationRoundBlockHash: hashFromBytes(paddedBigEndian(this.#creationRound.hash, 32)),
    };
    const onChain = {
      recipient: ticket.recipient,
      sender: ticket.sender,
      faceValue: faceValueWei,
      winProb: ticket.winProb,
      senderNonce: BigInt(ticket.senderNonce),
      recipientRandHash: ticket.recipientRandHash,
      auxData: toHex(ticketAuxData(ticket.creationRound, ticket.creationRoundBlockHash)),
    };
    const signature = toHex(this.#sender.signHash(ticketHashBytes(ticket)));
    return this.chain.send(this.chain.deployer, {
      abi: ticketBrokerAbi,
      to: this.chain.addresses.TicketBroker,
      name: "redeemWinningTicket",
      args: [onChain, signature, rand],
    });
  }

  #roundsCall(name: string, args: readonly unknown[]): Promise<ChainOutcome> {
    const call = { abi: adjustableRoundsManagerAbi, to: this.chain.addresses.RoundsManager, name, args };
    return this.chain.send(this.chain.deployer, call);
  }
}

function deployParams(beginning: Beginning): DeployParams {
  return parseDeployParams({
    chainId: 31337,
    minter: {
      inflation: String(beginning.inflation),
      inflationChange: String(beginning.inflationChange),
      targetBondingRate: String(beginning.targetBondingRate),
    },
    bondingManager: {
      unbondingPeriod: String(beginning.unbondingPeriod),
      numActiveTranscoders: beginning.poolSize,
      treasuryRewardCutRate: String(beginning.treasuryCut),
      treasuryBalanceCeiling: "0",
    },
    roundsManager: { roundLength: String(beginning.roundLength), roundLockAmount: String(roundLockAmount) },
    ticketBroker: { unlockPeriod: 100, ticketValidityPeriod: 2 },
    deployerSupply: String(beginning.supply),
  });
}
