import { counter, gauge, type MetricSpec, type MetricTraits } from "@livepeer-ts/kernel";

const origin = "go-livepeer" as const;
const base: MetricTraits = { origin };
const sender: MetricTraits = { origin, streamLabels: ["sender"] };
const streamAndSender: MetricTraits = { origin, streamLabels: ["manifest_id", "sender"] };

/** What a node counts of the money. */
export const economicsMetrics: readonly MetricSpec[] = [
  gauge("livepeer_gateway_deposit", "gwei", "Deposit of the gateway", sender),
  gauge("livepeer_gateway_reserve", "gwei", "Reserve of the gateway", sender),
  gauge("livepeer_broadcaster_deposit", "gwei", "Deposit of the gateway, under its old name", sender),
  gauge("livepeer_broadcaster_reserve", "gwei", "Reserve of the gateway, under its old name", sender),
  gauge("livepeer_gateway_max_float", "gwei", "Largest face value that a gateway is good for", {
    origin,
    labels: ["sender"],
  }),
  gauge("livepeer_gateway_ticket_face_value", "gwei", "Face value of the tickets offered to a gateway", {
    origin,
    labels: ["sender"],
  }),
  gauge("livepeer_gateway_ticket_ev_wei", "wei", "Expected value of the tickets offered to a gateway", {
    labels: ["sender"],
  }),
  counter("livepeer_ticket_value_recv", "gwei", "Expected value of the tickets that were taken", streamAndSender),
  counter("livepeer_tickets_recv", "tickets", "Tickets that were taken", streamAndSender),
  counter("livepeer_winning_tickets_recv", "tickets", "Tickets that won", streamAndSender),
  counter("livepeer_payment_recv_errors", "payments", "Payments that were refused, in whole or in part", {
    ...streamAndSender,
    labels: ["error_code"],
  }),
  counter("livepeer_value_redeemed", "gwei", "Face value of the tickets that were redeemed", sender),
  counter("livepeer_ticket_redemption_errors", "attempts", "Redemptions that failed and are tried again", base),
  counter("livepeer_winning_tickets_redeemed_total", "tickets", "Winning tickets that were redeemed"),
  counter("livepeer_ticket_redemption_given_up_total", "tickets", "Winning tickets that can never be redeemed"),
  gauge("livepeer_winning_tickets_waiting", "tickets", "Winning tickets that wait for their redemption"),
  gauge(
    "livepeer_winning_tickets_waiting_gwei",
    "gwei",
    "Face value of the winning tickets that wait for their redemption",
  ),
  gauge(
    "livepeer_transcoding_price",
    "wei per pixel",
    "Price of an orchestrator, or the highest that a gateway pays",
    sender,
  ),
  counter("livepeer_reward_call_errors", "calls", "Reward calls that failed and are tried again", base),
  counter("livepeer_reward_calls_total", "calls", "Reward calls that succeeded"),
  counter("livepeer_rounds_initialized_total", "rounds", "Rounds that this node initialized"),
  counter("livepeer_offers_refused_total", "offers", "Gateways that got no offer, by the reason's code", {
    labels: ["code"],
  }),
  counter("livepeer_redeemer_tickets_queued_total", "tickets", "Winning tickets that a redeemer took over"),
  counter("livepeer_redeemer_handed_over_total", "tickets", "Winning tickets that were handed over to the redeemer"),
  counter("livepeer_redeemer_refusals_total", "tickets", "Winning tickets that the redeemer did not take"),
  counter(
    "livepeer_redeemer_float_fallbacks_total",
    "questions",
    "Floats that were worked out here because the redeemer was away",
  ),
  counter("livepeer_signer_tickets_total", "tickets", "Tickets that a remote signer signed, by the job's type", {
    labels: ["type"],
  }),
  counter("livepeer_signer_refusals_total", "requests", "Requests that a remote signer refused, by status", {
    labels: ["status"],
  }),
];
