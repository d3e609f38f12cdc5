import { bondingManagerAbi, controllerAbi, roundsManagerAbi, ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Address, createPublicClient, http, keccak256, toHex } from "viem";

/** What the contracts say about a run, read at one block, with a client of its own. */
export type ChainAccounts = {
  readonly block: bigint;
  /** Decrease of the gateway's deposit and reserve together, wei. */
  readonly paidWei: bigint;
  /** Σ `WinningTicketTransfer` since the set-up, wei. */
  readonly creditedWei: bigint;
  /** Σ pending fees of everybody who owns stake, wei. */
  readonly pendingFeesWei: bigint;
  /** Most that pool arithmetic may round away, wei. */
  readonly roundingBoundWei: bigint;
  readonly redeemed: number;
  /** Chance to win of the redeemed tickets, as the contract was told it: least and most, 0 to 1. */
  readonly winChance: { readonly least: number; readonly most: number };
  readonly roundsInitialized: number;
  readonly rewards: number;
};

/**
 * Each redemption rounds down twice in an orchestrator's earnings pool (the delegators' part, and its share per unit of stake), and
 * reading pending fees rounds down twice more per account that owns stake: at most two wei each.
 */
export function roundingBound(redemptions: number, stakers: number): bigint {
  return 2n * BigInt(redemptions) + 2n * BigInt(stakers);
}

/** A ticket wins when a hash of 256 bits is below `winProb`. */
function winChance(winProb: bigint): number {
  return Number((winProb * 1_000_000n) >> 256n) / 1_000_000;
}

export type AccountsQuery = {
  readonly chainUrl: string;
  readonly controller: string;
  readonly gateway: string;
  /** Accounts that own stake; nobody else can own fees. */
  readonly stakers: readonly string[];
  readonly startBlock: bigint;
  readonly fundedWei: bigint;
};

/** Reads balances and events. */
export async function readChainAccounts(query: AccountsQuery): Promise<ChainAccounts> {
  const client = createPublicClient({ transport: http(query.chainUrl) });
  const lookUp = (name: string) =>
    client.readContract({
      address: query.controller as Address,
      abi: controllerAbi,
      functionName: "getContract",
      args: [keccak256(toHex(name))],
    });
  const [ticketBroker, bondingManager, roundsManager] = await Promise.all([
    lookUp("TicketBroker"),
    lookUp("BondingManager"),
    lookUp("RoundsManager"),
  ]);
  const block = await client.getBlockNumber();
  const [sender, reserve] = await client.readContract({
    address: ticketBroker,
    abi: ticketBrokerAbi,
    functionName: "getSenderInfo",
    args: [query.gateway as Address],
    blockNumber: block,
  });
  const range = { fromBlock: query.startBlock + 1n, toBlock: block, strict: true } as const;
  const [transfers, redemptions, rounds, rewards] = await Promise.all([
    client.getContractEvents({
      address: ticketBroker,
      abi: ticketBrokerAbi,
      eventName: "WinningTicketTransfer",
      ...range,
    }),
    client.getContractEvents({
      address: ticketBroker,
      abi: ticketBrokerAbi,
      eventName: "WinningTicketRedeemed",
      ...range,
    }),
    client.getContractEvents({ address: roundsManager, abi: roundsManagerAbi, eventName: "NewRound", ...range }),
    client.getContractEvents({ address: bondingManager, abi: bondingManagerAbi, eventName: "Reward", ...range }),
  ]);
  const pending = await Promise.all(
    query.stakers.map((staker) =>
      client.readContract({
        address: bondingManager,
        abi: bondingManagerAbi,
        functionName: "pendingFees",
        args: [staker as Address, 0n],
        blockNumber: block,
      }),
    ),
  );
  const chances = redemptions.map((event) => winChance(event.args.winProb));
  return {
    block,
    paidWei: query.fundedWei - sender.deposit - reserve.fundsRemaining,
    creditedWei: transfers.reduce((sum, event) => sum + event.args.amount, 0n),
    pendingFeesWei: pending.reduce((sum, fees) => sum + fees, 0n),
    roundingBoundWei: roundingBound(redemptions.length, query.stakers.length),
    redeemed: redemptions.length,
    winChance: { least: Math.min(...chances, 1), most: Math.max(...chances, 0) },
    roundsInitialized: rounds.length,
    rewards: rewards.length,
  };
}
