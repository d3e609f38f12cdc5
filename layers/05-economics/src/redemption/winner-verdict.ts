import type { Address, Hash32 } from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  type GasPriceMonitor,
  protocolReads,
  type RoundClock,
} from "@livepeer-ts/protocol";
import type { StoredWinner } from "../ports/ticket-store.ts";
import { coversPending, reserveAllocation } from "../recipient/max-float.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import type { PendingAmounts } from "./pending-amounts.ts";

/**
 * Whether a due winner is redeemed now. `stop`: not this one nor any later one of its sender, since what is under way would take
 * the float from the offers to it.
 */
export type WinnerVerdict =
  | { readonly kind: "redeem" | "used" | "stop" }
  | { readonly kind: "wait"; readonly reason: string };

export type VerdictDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly gas: Pick<GasPriceMonitor, "gasPriceWei">;
  readonly active: { isActive(): boolean };
  readonly pending: PendingAmounts;
};

/** What the chain says about a sender and some of its winners. */
export type WinnerFacts = {
  readonly used: ReadonlySet<Hash32>;
  readonly depositWei: bigint;
  /** Each recipient's share of the reserve, wei. */
  readonly allocationsWei: ReadonlyMap<Address, bigint>;
};

export type VerdictInputs = {
  /** Gas of one redemption in the cost check. */
  readonly redeemGas: bigint;
  /** Tickets of this round are in their last. */
  readonly oldestRound: bigint;
  /** What is under way may take the sender's float, wei: there is little of it. */
  readonly mayTakeFloat: boolean;
};

/** Reads what is needed to judge winners of one sender. Rejects with `rpc_unavailable`, `rpc_error`. */
export async function readWinnerFacts(
  winners: readonly StoredWinner[],
  deps: VerdictDeps,
  signal: AbortSignal,
): Promise<WinnerFacts> {
  const reads = protocolReads(deps.book);
  const sender = winners[0]?.sender;
  if (sender === undefined) return { used: new Set(), depositWei: 0n, allocationsWei: new Map() };
  const recipients = [...new Set(winners.map(({ recipient }) => recipient))];
  const [funds, reserve] = await deps.reader.read(reads.senderInfo(sender), signal);
  const claimed = await deps.reader.readAll(
    recipients.map((recipient) => reads.claimedReserve(sender, recipient)),
    signal,
  );
  const isUsed = await deps.reader.readAll(
    winners.map(({ ticketHash }) => reads.usedTickets(ticketHash)),
    signal,
  );
  const { poolSize } = deps.rounds.current();
  const allocationOf = (claimedByMeWei: bigint) => {
    const { fundsRemaining: reserveWei, claimedInCurrentRound: reserveClaimedWei } = reserve;
    const allocation = reserveAllocation({ reserveWei, reserveClaimedWei, claimedByMeWei, poolSize });
    return allocation > 0n ? allocation : 0n;
  };
  return {
    used: new Set(winners.filter((_, i) => isUsed[i] === true).map(({ ticketHash }) => ticketHash)),
    depositWei: funds.deposit,
    allocationsWei: new Map(recipients.map((recipient, i) => [recipient, allocationOf(claimed[i] ?? 0n)])),
  };
}

/** Works out from the chain's state, and from what is under way, what the winner would bring and cost. */
export function judgeWinner(
  winner: StoredWinner,
  facts: WinnerFacts,
  inputs: VerdictInputs,
  deps: Pick<VerdictDeps, "active" | "gas" | "pending">,
): WinnerVerdict {
  if (facts.used.has(winner.ticketHash)) return { kind: "used" };
  if (!deps.active.isActive()) return wait("the recipient is not active in this round");
  const pendingWei = deps.pending.get(winner.sender);
  const available = (facts.allocationsWei.get(winner.recipient) ?? 0n) + facts.depositWei - pendingWei;
  const txCostWei = inputs.redeemGas * deps.gas.gasPriceWei;
  const cost = `redeeming costs ${txCostWei} wei (${inputs.redeemGas} gas, see -redeemGas, at ${deps.gas.gasPriceWei} wei)`;
  if (available <= txCostWei)
    return wait(`${redemptionErrorText.insufficientFunds}: the sender can cover ${available} wei, ${cost}`);
  if (winner.faceValueWei <= txCostWei)
    return wait(`${redemptionErrorText.insufficientFaceValue}: it is ${winner.faceValueWei} wei, ${cost}`);
  const isLastRound = winner.creationRound <= inputs.oldestRound;
  if (isLastRound) return { kind: "redeem" };
  // a ticket settles for what is there and is used up: wait for the rest, unless this is its last round
  if (available < winner.faceValueWei)
    return wait(`${redemptionErrorText.payoutShort}: ${available} of ${winner.faceValueWei} wei`);
  if (inputs.mayTakeFloat || coversPending(facts.depositWei, pendingWei + winner.faceValueWei))
    return { kind: "redeem" };
  return { kind: "stop" };
}

function wait(reason: string): WinnerVerdict {
  return { kind: "wait", reason };
}
