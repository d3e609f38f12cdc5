/** Event `create_signed_ticket` (remote signer): a payment was signed. Field names are go-livepeer's, all values are text. */
export type SignedTicketRecord = {
  readonly session_id: string;
  readonly session_status: "new" | "continuing";
  readonly app: string;
  /** `live-video-to-video`, `live`, `fixed` or empty. */
  readonly pipeline: string;
  readonly request_id: string;
  readonly orch_address: string;
  readonly orch_url: string;
  readonly manifest_id: string;
  readonly pm_session_id: string;
  /** RFC 3339. */
  readonly current_time: string;
  /** ms since 1970. */
  readonly current_time_unix: string;
  readonly previous_time: string;
  readonly previous_time_unix: string;
  readonly billable_secs: string;
  readonly pixels: string;
  /** Credit after the payment, wei, exact fraction. */
  readonly session_balance: string;
  /** Whole wei. */
  readonly computed_fee: string;
  /** Value of the tickets, wei, 10 decimals. */
  readonly cost: string;
  readonly sequence_number: string;
  readonly num_tickets: string;
  readonly auth_id: string;
};
