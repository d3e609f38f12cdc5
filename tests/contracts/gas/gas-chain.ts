import type { Address, Hex, Wei } from "@livepeer-ts/kernel";
import {
  adjustableRoundsManagerAbi,
  bondingManagerAbi,
  bondingVotesAbi,
  controllerAbi,
  governorAbi,
  livepeerTokenAbi,
  ticketBrokerAbi,
} from "@livepeer-ts/protocol/abi";
import { startAnvil } from "@livepeer-ts/protocol/adapters";
import {
  type ChainSession,
  deployProtocol,
  openChainSession,
  type ProtocolAddresses,
  parseDeployParams,
} from "@livepeer-ts/protocol/deploy";
import { type Abi, type EncodeFunctionDataParameters, encodeFunctionData } from "viem";
import { type TestAccount, testAccount } from "../support/test-accounts.ts";

/** Contracts a scenario calls, by the name they are registered under. */
const abis = {
  BondingManager: bondingManagerAbi,
  BondingVotesTarget: bondingVotesAbi,
  Controller: controllerAbi,
  Governor: governorAbi,
  LivepeerToken: livepeerTokenAbi,
  RoundsManager: adjustableRoundsManagerAbi,
  TicketBroker: ticketBrokerAbi,
} as const;

type Receipt = { readonly gasUsed: Hex; readonly status: Hex; readonly contractAddress: Hex | null };

/** Block limit of the network on which the originals were measured. */
const blockGasLimit = 12_000_000n;
const firstGasPriceWei = 3_000_000_000n;
/** Bytes that stand for the block hash of every round. */
const roundHash: Hex = `0x${"ab".repeat(32)}`;

/**
 * A development chain with the protocol on it, as the originals' tests set it up: local parameters, a clock moved by
 * hand, accounts of the usual test phrase; account 0 deployed everything and holds the LPT.
 */
export class GasChain {
  readonly addresses: ProtocolAddresses;
  readonly roundHash = roundHash;
  readonly #accounts = new Map<number, TestAccount>();
  readonly #session: ChainSession;
  readonly #stop: () => Promise<void>;
  #sent = 0n;

  private constructor(session: ChainSession, addresses: ProtocolAddresses, stop: () => Promise<void>) {
    this.#session = session;
    this.addresses = addresses;
    this.#stop = stop;
  }

  static async start(accounts: number): Promise<GasChain> {
    const anvil = await startAnvil({ accounts });
    try {
      const params = parseDeployParams({
        chainId: 31337,
        minter: { inflation: 137, inflationChange: 3, targetBondingRate: 500_000 },
        bondingManager: {
          unbondingPeriod: 7,
          numActiveTranscoders: 10,
          treasuryRewardCutRate: "0",
          treasuryBalanceCeiling: "0",
        },
        roundsManager: { roundLength: 5760, roundLockAmount: 100_000 },
        ticketBroker: { unlockPeriod: 40_320, ticketValidityPeriod: 2 },
        faucet: { requestAmount: "0", requestWaitHours: 1, supply: String(6_343_700n * 10n ** 18n) },
        deployerSupply: String(500_000n * 10n ** 18n),
      });
      const session = await openChainSession({ rpcUrl: anvil.rpcUrl, blocks: "request" }, params.chainId);
      const { key } = testAccount(0);
      const { addresses } = await deployProtocol({ session, deployerKey: key, params, rounds: "adjustable" });
      // Blocks come when they are asked for, so that a revert of the chain never meets one that is being made.
      await session.rpc("evm_setAutomine", [false]);
      return new GasChain(session, addresses, anvil.stop);
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  account(index: number): TestAccount {
    const account = this.#accounts.get(index) ?? testAccount(index); // deriving one takes longer than a call
    this.#accounts.set(index, account);
    return account;
  }

  /** Makes a call in a transaction of its own; answers the `gasUsed` of its receipt. */
  async call(
    from: Address,
    contract: keyof typeof abis,
    name: string,
    args: readonly unknown[] = [],
    value: Wei = 0n,
  ): Promise<number> {
    const data = encodeFunctionData({
      abi: abis[contract] as Abi,
      functionName: name,
      args,
    } as EncodeFunctionDataParameters<Abi, string>);
    return this.send(from, name, this.addresses[contract], data, value);
  }

  /** Like `call`, to any address. */
  async send(from: Address, what: string, to: Address, data: Hex, value: Wei = 0n): Promise<number> {
    // A price of its own gives each transaction a hash of its own, also when it is sent again after a revert.
    const gasPrice = toQuantity(firstGasPriceWei + this.#sent++);
    const hash = await this.#session.rpc("eth_sendTransaction", [
      { from, to, data, value: toQuantity(value), gas: toQuantity(blockGasLimit), gasPrice },
    ]);
    await this.#session.rpc("evm_mine");
    const receipt = (await this.#session.rpc("eth_getTransactionReceipt", [hash])) as Receipt | null;
    if (receipt === null) throw new Error(`${what} was sent and is in no block`);
    if (receipt.status !== "0x1") throw new Error(`${what} failed on the chain: the scenario is wrong`);
    return Number(receipt.gasUsed);
  }

  /** Runs a piece of a scenario and takes all it did back. */
  async apart<T>(piece: () => Promise<T>): Promise<T> {
    const id = await this.#session.rpc("evm_snapshot");
    try {
      return await piece();
    } finally {
      await this.#session.rpc("evm_revert", [id]);
    }
  }

  /** Moves on by one round; answers the gas of its initialization. */
  async nextRound(): Promise<number> {
    const from = this.account(0).address;
    await this.call(from, "RoundsManager", "mineBlocks", [5760n]);
    await this.call(from, "RoundsManager", "setBlockHash", [roundHash]);
    return this.call(from, "RoundsManager", "initializeRound");
  }

  async currentRound(): Promise<bigint> {
    return this.#session.read(adjustableRoundsManagerAbi, this.addresses.RoundsManager, "currentRound", []);
  }

  /** Gives an account LPT and lets the BondingManager take it; answers the gas of the approval. */
  async approve(account: Address, amount: bigint): Promise<number> {
    await this.call(this.account(0).address, "LivepeerToken", "transfer", [account, amount]);
    return this.call(account, "LivepeerToken", "approve", [this.addresses.BondingManager, amount]);
  }

  /** Gas of each creation so far, by address in lower case. */
  async creations(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const last = await this.#session.blockNumber();
    for (let block = 0n; block <= last; block++) {
      const receipts = (await this.#session.rpc("eth_getBlockReceipts", [toQuantity(block)])) as Receipt[];
      for (const { contractAddress, gasUsed } of receipts) {
        if (contractAddress !== null) found.set(contractAddress.toLowerCase(), Number(gasUsed));
      }
    }
    return found;
  }
}

function toQuantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}
