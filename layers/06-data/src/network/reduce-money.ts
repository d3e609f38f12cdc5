import { addRational, formatRational, type NodeEvent, parseRational } from "@livepeer-ts/kernel";
import { numberOf, textOf, textsOf } from "../events/event-fields.ts";
import { type NetworkProjection, networkLimits, updateOrchestrator, withLine } from "./network-projection.ts";
import { fractionOf } from "./reduce-segment.ts";

/** Event `tickets.sent`. */
export function reduceTicketsSent(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  const hashes = textsOf(data, "ticketHashes");
  const early = hashes.filter((hash) => state.earlyWinners.includes(hash));
  const seqNo = data["seqNo"];
  const expected = fractionOf(textOf(data, "expectedValueWei"));
  return {
    ...state,
    sent: state.sent + hashes.length,
    expectedWei:
      expected === null ? state.expectedWei : formatRational(addRational(parseRational(state.expectedWei), expected)),
    earlyWinners: state.earlyWinners.filter((hash) => !early.includes(hash)),
    pieces: state.pieces.map((piece) =>
      piece.manifestId === textOf(data, "manifestId") && piece.seqNo === seqNo
        ? { ...piece, ticketHashes: [...piece.ticketHashes, ...hashes], wonHashes: [...piece.wonHashes, ...early] }
        : piece,
    ),
  };
}

/** Event `tickets.received`. */
export function reduceTicketsReceived(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const recipient = textOf(event.data, "recipient")?.toLowerCase();
  const next = { ...state, accepted: state.accepted + numberOf(event.data, "acceptedCount") };
  if (recipient === undefined) return next;
  return updateOrchestrator(next, recipient, null, (orchestrator) => ({
    ...orchestrator,
    ticketsReceived: orchestrator.ticketsReceived + numberOf(event.data, "sentCount"),
  }));
}

/** Event `ticket.won`. */
export function reduceTicketWon(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  const hash = textOf(data, "ticketHash") ?? "";
  const recipient = textOf(data, "recipient")?.toLowerCase() ?? null;
  const piece = state.pieces.find((known) => known.ticketHashes.includes(hash));
  let next: NetworkProjection = { ...state, won: state.won + 1 };
  next =
    piece === undefined
      ? { ...next, earlyWinners: [...next.earlyWinners, hash].slice(-networkLimits.earlyWinners) }
      : {
          ...next,
          pieces: next.pieces.map((known) =>
            known === piece ? { ...known, wonHashes: [...known.wonHashes, hash] } : known,
          ),
        };
  if (recipient !== null) {
    next = updateOrchestrator(next, recipient, null, (orchestrator) => ({
      ...orchestrator,
      ticketsWon: orchestrator.ticketsWon + 1,
    }));
  }
  return withLine(next, event, "ticket_won", {
    orchestrator: recipient,
    faceValueWei: textOf(data, "faceValueWei"),
    ticketHash: hash,
    redeemableFromBlock: textOf(data, "redeemableFromBlock"),
  });
}

/** Event `ticket.redeemed`; a winner that was given up is not counted. */
export function reduceTicketRedeemed(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  if (textOf(data, "givenUp") !== null) return state;
  const next = { ...state, redeemed: state.redeemed + 1 };
  return withLine(next, event, "ticket_redeemed", {
    orchestrator: textOf(data, "recipient")?.toLowerCase() ?? null,
    faceValueWei: textOf(data, "faceValueWei"),
    ticketHash: textOf(data, "ticketHash"),
    txHash: textOf(data, "txHash"),
    block: textOf(data, "block"),
  });
}

/** Event `round.initialized`. */
export function reduceRoundInitialized(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  return withLine(state, event, "round_initialized", {
    round: textOf(data, "round"),
    orchestrator: textOf(data, "by")?.toLowerCase() ?? null,
    txHash: textOf(data, "txHash"),
    block: textOf(data, "block"),
  });
}

/** Event `reward.called`. */
export function reduceRewardCalled(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const { data } = event;
  return withLine(state, event, "reward_called", {
    round: textOf(data, "round"),
    orchestrator: textOf(data, "orchestrator")?.toLowerCase() ?? null,
    amountWei: textOf(data, "amountWei"),
    txHash: textOf(data, "txHash"),
  });
}
