import {
  type AddressBook,
  type ChainReader,
  type GasPriceMonitor,
  protocolReads,
  type RoundClock,
} from "@livepeer-ts/protocol";
import type { StoredWinner } from "../ports/ticket-store.ts";
import { reserveAllocation } from "../recipient/max-float.ts";
import { redemptionErrorText } from "../wire/ticket-errors.ts";
import type { PendingAmounts } from "./pending-amounts.ts";

/** Whether a due winner is redeemed now. */
export type WinnerVerdict = { readonly kind: "redeem" | "used" } | { readonly kind: "wait"; readonly reason: string };

export type VerdictDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly gas: Pick<GasPriceMonitor, "gasPriceWei">;
  readonly active: { isActive(): boolean };
  readonly pending: PendingAmounts;
};

export type VerdictInputs = {
  /** Gas of one redemption in the cost check. */
  readonly redeemGas: bigint;
  /** Tickets of this round are in their last. */
  readonly oldestRound: bigint;
};

/** Works out from the chain's state what the winner would bring and cost. Rejects with `rpc_unavailable`, `rpc_error`. */
export async function judgeWinner(
  winner: StoredWinner,
  inputs: VerdictInputs,
  deps: VerdictDeps,
  signal: AbortSignal,
): Promise<WinnerVerdict> {
  const reads = protocolReads(deps.book);
  const [isUsed, [funds, reserve], claimed] = await deps.reader.readAll(
    [
      reads.usedTickets(winner.ticketHash),
      reads.senderInfo(winner.sender),
      reads.claimedReserve(winner.sender, winner.recipient),
    ],
    signal,
  );
  if (isUsed) return { kind: "used" };
  if (!deps.active.isActive()) return wait("the recipient is not active in this round");
  const allocation = reserveAllocation({
    reserveWei: reserve.fundsRemaining,
    reserveClaimedWei: reserve.claimedInCurrentRound,
    claimedByMeWei: claimed,
    poolSize: deps.rounds.current().poolSize,
  });
  const available = (allocation > 0n ? allocation : 0n) + funds.deposit - deps.pending.get(winner.sender);
  const txCostWei = inputs.redeemGas * deps.gas.gasPriceWei;
  const cost = `redeeming costs ${txCostWei} wei (${inputs.redeemGas} gas, see -redeemGas, at ${deps.gas.gasPriceWei} wei)`;
  if (available <= txCostWei)
    return wait(`${redemptionErrorText.insufficientFunds}: the sender can cover ${available} wei, ${cost}`);
  if (winner.faceValueWei <= txCostWei)
    return wait(`${redemptionErrorText.insufficientFaceValue}: it is ${winner.faceValueWei} wei, ${cost}`);
  // a ticket settles for what is there and is used up: wait for the rest, unless this is its last round
  const isLastRound = winner.creationRound <= inputs.oldestRound;
  if (available < winner.faceValueWei && !isLastRound)
    return wait(`${redemptionErrorText.payoutShort}: ${available} of ${winner.faceValueWei} wei`);
  return { kind: "redeem" };
}

function wait(reason: string): WinnerVerdict {
  return { kind: "wait", reason };
}
