import {
  type Address,
  type Clock,
  errorText,
  type Logger,
  LpError,
  type TaskOwner,
  toAddress,
  zeroAddress,
} from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainLog,
  type ChainReader,
  type ChainRpc,
  type ContractRead,
  parseLogs,
  protocolReads,
  RpcChainReader,
  toQuantity,
} from "@livepeer-ts/protocol";
import type { ChainMember, ChainProjection, ChainReading, ChainSender } from "../ports/chain-reading.ts";
import { accountTopics, addChainLog, type ChainAccounts, emptyChainAccounts } from "./chain-logs.ts";
import { pacedRpc } from "./paced-rpc.ts";

export type ChainProjectionOptions = {
  /** Block from which money is counted; 0 = everything. */
  readonly startBlock: bigint;
  /** Gateways to follow; undefined = all that funded since `startBlock`. */
  readonly senders?: readonly Address[] | undefined;
  /** Least time between two requests, ms. Default 1,000: one request a second. */
  readonly requestGapMs?: number;
  /** Deadline of one reading, ms. Default 60,000. */
  readonly readingMs?: number;
  /** Blocks that may still be reorganized; their logs are asked for again each time. Default 16. */
  readonly reorgDepth?: number;
  /** Blocks per log request. Default 2,000. */
  readonly logRange?: number;
  /** Senders read per reading. Default 50. */
  readonly maxSenders?: number;
  /** Orchestrators read per reading. Default 200. */
  readonly maxMembers?: number;
  /** Delegators asked for their fees; with more the stakers' part is not known. Default 200. */
  readonly maxDelegators?: number;
};

export type ChainProjectionDeps = {
  readonly rpc: ChainRpc;
  readonly book: AddressBook;
  readonly clock: Clock;
  readonly logger: Logger;
};

const paceReadings = 10;

/** Reads the contracts over RPC, again and again, all figures of a reading at one block. */
export function createChainProjection(
  options: ChainProjectionOptions,
  deps: ChainProjectionDeps,
): ChainProjection & { start(owner: TaskOwner): void } {
  const { book, clock, logger } = deps;
  const gapMs = options.requestGapMs ?? 1_000;
  const reorgDepth = BigInt(options.reorgDepth ?? 16);
  const logRange = BigInt(options.logRange ?? 2_000);
  const maxSenders = options.maxSenders ?? 50;
  const maxMembers = options.maxMembers ?? 200;
  const maxDelegators = options.maxDelegators ?? 200;
  const rpc = pacedRpc(deps.rpc, gapMs, clock);
  const reader: ChainReader = new RpcChainReader(rpc);
  const reads = protocolReads(book);
  const contracts = new Set<Address>([book.bondingManager, book.ticketBroker, book.roundsManager]);

  let chainId: number | undefined;
  let confirmed: ChainAccounts = emptyChainAccounts;
  let confirmedBlock = options.startBlock - 1n;
  const baselines = new Map<Address, bigint>();
  /** Pool members that registered before `startBlock`. */
  let earlier: readonly Address[] = [];
  let walkedRound: bigint | undefined;
  let pace: readonly { readonly at: number; readonly block: bigint }[] = [];
  let reading: ChainReading | undefined;
  let reachable = true;
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  const logsBetween = async (from: bigint, to: bigint, signal: AbortSignal): Promise<readonly ChainLog[]> => {
    const logs: ChainLog[] = [];
    for (let start = from; start <= to; start += logRange) {
      const end = start + logRange - 1n < to ? start + logRange - 1n : to;
      const filter = {
        address: [...contracts],
        fromBlock: toQuantity(start),
        toBlock: toQuantity(end),
        topics: [accountTopics],
      };
      logs.push(...parseLogs(await rpc.call("eth_getLogs", [filter], signal)));
    }
    return logs.filter((log) => contracts.has(log.address));
  };

  /** Follows the pool's list once a round, when it holds members that registered before the reading began. */
  const walkPool = async (block: bigint, signal: AbortSignal): Promise<readonly Address[]> => {
    const found: Address[] = [];
    let next = toAddress(await reader.read(reads.firstInPool(), signal, block));
    while (next !== zeroAddress && found.length < maxMembers) {
      found.push(next);
      next = toAddress(await reader.read(reads.nextInPool(next), signal, block));
    }
    return found;
  };

  const readOnce = async (signal: AbortSignal): Promise<void> => {
    chainId ??= Number(await reader.chainId(signal));
    const head = await reader.header("latest", signal);
    if (head === undefined) {
      throw new LpError({
        code: "rpc_bad_answer",
        message: "the chain has no latest block: try again",
        retryable: true,
      });
    }
    if (head.number < confirmedBlock) {
      // The chain was reset: nothing that was added up holds any more.
      confirmed = emptyChainAccounts;
      confirmedBlock = options.startBlock - 1n;
      baselines.clear();
      earlier = [];
      walkedRound = undefined;
      pace = [];
    }
    if (reading !== undefined && reading.block === head.number) {
      reading = { ...reading, at: clock.now() };
      return;
    }
    const logs = await logsBetween(confirmedBlock + 1n, head.number, signal);
    let accounts = confirmed;
    for (const log of logs) {
      accounts = addChainLog(accounts, log);
      if (log.blockNumber <= head.number - reorgDepth) confirmed = accounts;
    }
    if (head.number - reorgDepth > confirmedBlock) confirmedBlock = head.number - reorgDepth;

    const senders = [...(options.senders ?? accounts.senders.keys())].slice(0, maxSenders);
    for (const sender of senders) {
      if (baselines.has(sender)) continue;
      if (options.startBlock === 0n) baselines.set(sender, 0n);
      else {
        const [info, reserve] = await reader.read(reads.senderInfo(sender), signal, options.startBlock - 1n);
        baselines.set(sender, info.deposit + reserve.fundsRemaining);
      }
    }
    const members = [...new Set([...earlier, ...accounts.registered])].slice(0, maxMembers);
    const others = [...accounts.delegators].filter((delegator) => !members.includes(delegator));
    const askedDelegators = others.length <= maxDelegators ? others : [];

    const list: ContractRead<unknown>[] = [
      reads.currentRound(),
      reads.currentRoundInitialized(),
      reads.currentRoundStartBlock(),
      reads.roundLength(),
      reads.poolSize(),
    ];
    for (const member of members) {
      list.push(
        reads.transcoder(member),
        reads.transcoderTotalStake(member),
        reads.isActiveTranscoder(member),
        reads.serviceUri(member),
      );
    }
    for (const sender of senders) list.push(reads.senderInfo(sender));
    for (const delegator of askedDelegators) list.push(reads.pendingFees(delegator));
    const values: readonly unknown[] = await reader.readAll(list, signal, head.number);
    let position = 0;
    const take = <T>(_read: (...args: never[]) => ContractRead<T>): T => values[position++] as T;

    const round = take(reads.currentRound);
    const initialized = take(reads.currentRoundInitialized);
    const startBlock = take(reads.currentRoundStartBlock);
    const lengthBlocks = take(reads.roundLength);
    const poolSize = take(reads.poolSize);
    const memberRows = members.map((address): ChainMember => {
      const transcoder = take(reads.transcoder);
      const [lastRewardRound, rewardCut, feeShare] = transcoder;
      return {
        address,
        lastRewardRound,
        rewardCutPerc: rewardCut,
        feeSharePerc: feeShare,
        stakeWei: take(reads.transcoderTotalStake),
        active: take(reads.isActiveTranscoder),
        uri: take(reads.serviceUri),
        creditedWei: accounts.credited.get(address) ?? 0n,
      };
    });
    const senderRows = senders.map((address): ChainSender => {
      const [info, reserve] = take(reads.senderInfo);
      const account = accounts.senders.get(address) ?? { fundedWei: 0n, withdrawnWei: 0n, creditedWei: 0n };
      const held = info.deposit + reserve.fundsRemaining;
      return {
        address,
        depositWei: info.deposit,
        reserveWei: reserve.fundsRemaining,
        paidWei: (baselines.get(address) ?? 0n) + account.fundedWei - account.withdrawnWei - held,
        creditedWei: account.creditedWei,
      };
    });
    let stakersWei: bigint | null = others.length <= maxDelegators ? 0n : null;
    if (stakersWei !== null) {
      for (const delegator of askedDelegators) {
        stakersWei += take(reads.pendingFees) + (accounts.withdrawnFees.get(delegator) ?? 0n);
      }
    }
    const at = clock.now();
    pace = [...pace, { at, block: head.l1BlockNumber }].slice(-paceReadings);
    const oldest = pace[0] as { at: number; block: bigint };
    const passed = Number(head.l1BlockNumber - oldest.block);
    reading = {
      chainId,
      block: head.number,
      at,
      blockSec: passed > 0 ? (at - oldest.at) / 1000 / passed : null,
      round: {
        number: round,
        initialized,
        startBlock,
        block: head.l1BlockNumber,
        lengthBlocks,
        feesWei: accounts.roundFeesWei,
        rewards: accounts.roundRewards,
      },
      members: memberRows,
      senders: senderRows,
      stakersWei,
    };
    const seen = memberRows.filter((member) => member.stakeWei > 0n).length;
    if (poolSize > BigInt(seen) && walkedRound !== round) {
      walkedRound = round;
      earlier = await walkPool(head.number, signal);
    }
  };

  return {
    current: () => reading,
    reachable: () => reachable,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start(owner) {
      owner.spawn("chain-projection", async (signal) => {
        while (!signal.aborted) {
          const deadline = clock.deadline(options.readingMs ?? 60_000, signal);
          try {
            await readOnce(deadline.signal);
            if (!reachable) logger.info("the chain answers again");
            reachable = true;
          } catch (error) {
            if (signal.aborted) return;
            if (reachable)
              logger.warn("the chain does not answer, its figures stand still", { error: errorText(error) });
            reachable = false;
          } finally {
            deadline.clear();
          }
          notify();
          await clock.sleep(gapMs, signal);
        }
      });
    },
  };
}
