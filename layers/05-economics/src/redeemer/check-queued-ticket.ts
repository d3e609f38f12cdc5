import { hashToBytes, maxUint256, zeroAddress } from "@livepeer-ts/kernel";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { isTicketSignedBy, isWinningTicket, recipientRandHashOf } from "../tickets/ticket.ts";

/** First number that SQLite has no column for. */
const int64End = 2n ** 63n;

/**
 * What is wrong with a ticket that was handed over, for the sentence "the ticket cannot be redeemed: …"; undefined when the
 * contract would take it while its sender has funds. A queue that takes anything could be filled by anybody.
 */
export function faultOfQueuedTicket(winner: WinningTicket, lastInitializedRound: bigint): string | undefined {
  if (winner.sender === zeroAddress) return "it has no sender";
  if (winner.signature.length !== 65) return `its signature has ${winner.signature.length} bytes instead of 65`;
  if (winner.faceValueWei > maxUint256 || winner.winProb > maxUint256 || winner.recipientRand > maxUint256)
    return "a number in it is larger than 256 bits";
  if (winner.faceValueWei === 0n) return "its face value is 0";
  if (winner.paramsExpirationBlock >= int64End)
    return `expiration block ${winner.paramsExpirationBlock} is out of range`;
  if (winner.creationRound < 0n || winner.creationRound > lastInitializedRound + 1n)
    return `it was created in round ${winner.creationRound}, and this is round ${lastInitializedRound}`;
  if (recipientRandHashOf(winner.recipientRand) !== winner.recipientRandHash)
    return "the recipient's random number is not the one that was promised";
  if (!isTicketSignedBy(winner.sender, hashToBytes(winner.ticketHash), winner.signature))
    return "its signature is not its sender's";
  return isWinningTicket(winner, winner.signature, winner.recipientRand) ? undefined : "it did not win";
}
