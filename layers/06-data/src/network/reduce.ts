import type { NodeEvent } from "@livepeer-ts/kernel";
import type { NetworkProjection } from "./network-projection.ts";
import { reduceOrchestratorStopped } from "./reduce-machine.ts";
import {
  reduceRewardCalled,
  reduceRoundInitialized,
  reduceTicketRedeemed,
  reduceTicketsReceived,
  reduceTicketsSent,
  reduceTicketWon,
} from "./reduce-money.ts";
import { reduceSegmentDone, reduceSelection } from "./reduce-segment.ts";
import { reduceSourceSegment, reduceStreamEnded, reduceStreamStarted } from "./reduce-stream.ts";

const reducers: Readonly<Record<string, (state: NetworkProjection, event: NodeEvent) => NetworkProjection>> = {
  "stream.started": reduceStreamStarted,
  "stream.segment": reduceSourceSegment,
  "stream.ended": reduceStreamEnded,
  "segment.selection": reduceSelection,
  "segment.done": reduceSegmentDone,
  "tickets.sent": reduceTicketsSent,
  "tickets.received": reduceTicketsReceived,
  "ticket.won": reduceTicketWon,
  "ticket.redeemed": reduceTicketRedeemed,
  "round.initialized": reduceRoundInitialized,
  "reward.called": reduceRewardCalled,
  "orchestrator.stopped": reduceOrchestratorStopped,
};

/** The picture after one more event. Pure: the same events in the same order give the same picture. */
export function reduce(state: NetworkProjection, event: NodeEvent): NetworkProjection {
  const reducer = Object.hasOwn(reducers, event.type) ? reducers[event.type] : undefined;
  return reducer === undefined ? state : reducer(state, event);
}
