import type { DiscoveryRecord, SegmentRecord, SelectionRecord } from "@livepeer-ts/execution";
import { type EventSink, maxUint256 } from "@livepeer-ts/kernel";

/** An event before it has an id and a time. */
export type EmittedEvent = Parameters<EventSink["emit"]>[0];

/** Type and `data` of an event for Kafka, as go-livepeer's consumers know them. */
export type KafkaEvent = { readonly type: string; readonly data: unknown };

/** What is known of a running stream. */
export type StreamFacts = { readonly clientAddress: string | null; readonly sessionId: string | null };

export type KafkaEventOptions = {
  /** Account that sends the tickets; empty off chain. */
  readonly sender: string;
  readonly streamOf: (manifestId: string) => StreamFacts | undefined;
  readonly now: () => number;
};

type Traced = { hasSent: boolean; processed: number; uri: string };
type TicketsSent = {
  readonly manifestId: string;
  readonly recipient: string;
  readonly ticketHashes: readonly string[];
  readonly faceValueWei: string;
  readonly winProb: string;
  readonly uri: string;
  readonly pricePerPixel: string | null;
};

/** Streams whose way is traced; of further ones only the other events go out. */
const maxTraced = 1000;
/** Processed segments after which `gateway_receive_few_processed_segments` is said. */
const fewSegments = 3;

/** Turns what a gateway does into the events that go to Kafka. Keeps a few figures of each running stream. */
export class KafkaEvents {
  readonly #options: KafkaEventOptions;
  readonly #traced = new Map<string, Traced>();

  constructor(options: KafkaEventOptions) {
    this.#options = options;
  }

  /** None, one or several events; unknown types give none. */
  of({ type, subject, data }: EmittedEvent): readonly KafkaEvent[] {
    switch (type) {
      case "discovery.done":
        return [discoveryResults(data as DiscoveryRecord)];
      case "create_signed_ticket":
        // a remote signer's: it has the form that ledgers read already
        return [{ type, data }];
      case "tickets.sent":
        return [this.#newPayment(data as TicketsSent)];
      case "stream.started":
        if (this.#traced.size >= maxTraced) return [];
        this.#traced.set(subject, { hasSent: false, processed: 0, uri: "" });
        return [this.#trace(subject, "gateway_receive_stream_request")];
      case "segment.selection":
        return this.#selected(subject, data as SelectionRecord);
      case "segment.done":
        return this.#processed(subject, data as SegmentRecord);
      case "stream.ended":
        return this.#traced.delete(subject) ? [this.#trace(subject, "gateway_ingest_stream_closed")] : [];
      default:
        return [];
    }
  }

  #newPayment(sent: TicketsSent): KafkaEvent {
    const stream = this.#options.streamOf(sent.manifestId);
    return {
      type: "create_new_payment",
      data: {
        clientIP: stream?.clientAddress ?? "",
        requestID: "",
        capability: "",
        manifestID: sent.manifestId,
        sessionID: stream?.sessionId ?? "",
        recipient: sent.recipient,
        faceValue: `${decimals(BigInt(sent.faceValueWei), 10n ** 18n, 18).replace(/\.?0+$/, "")} ETH`,
        winProb: decimals(BigInt(sent.winProb), maxUint256, 10),
        price: `${priceText(sent.pricePerPixel)} wei/pixel`,
        numTickets: String(sent.ticketHashes.length),
        sender: this.#options.sender,
        orchestrator: sent.uri,
      },
    };
  }

  #selected(manifestId: string, { candidates, chosen }: SelectionRecord): KafkaEvent[] {
    const traced = this.#traced.get(manifestId);
    if (traced === undefined || traced.hasSent || chosen === null) return [];
    traced.hasSent = true;
    const address = candidates.find(({ uri }) => uri === chosen)?.orchestrator ?? "";
    return [this.#trace(manifestId, "gateway_send_first_ingest_segment", { address, url: chosen })];
  }

  #processed(manifestId: string, done: SegmentRecord): KafkaEvent[] {
    const traced = this.#traced.get(manifestId);
    if (traced === undefined) return [];
    if (!done.success) {
      return done.attempts.length === 0 ? [this.#trace(manifestId, "gateway_no_orchestrators_available")] : [];
    }
    if (done.uri === null) return [];
    const orchestrator = { address: done.orchestrator ?? "", url: done.uri };
    const events: KafkaEvent[] = [];
    if (traced.uri !== "" && traced.uri !== done.uri) {
      const message = `the segments of the stream come from ${done.uri} and no longer from ${traced.uri}`;
      events.push(this.#trace(manifestId, "orchestrator_swap", orchestrator, { pipeline: "", message }));
    }
    traced.uri = done.uri;
    traced.processed++;
    if (traced.processed === 1)
      events.push(this.#trace(manifestId, "gateway_receive_first_processed_segment", orchestrator));
    if (traced.processed === fewSegments)
      events.push(this.#trace(manifestId, "gateway_receive_few_processed_segments", orchestrator));
    return events;
  }

  #trace(
    manifestId: string,
    type: string,
    orchestrator: { readonly address: string; readonly url: string } = { address: "", url: "" },
    more: Readonly<Record<string, string>> = {},
  ): KafkaEvent {
    const data = {
      type,
      timestamp: this.#options.now(),
      stream_id: manifestId,
      pipeline_id: "",
      request_id: "",
      orchestrator_info: orchestrator,
      ...more,
    };
    return { type: "stream_trace", data };
  }
}

function discoveryResults({ orchestrators }: DiscoveryRecord): KafkaEvent {
  return {
    type: "discovery_results",
    data: orchestrators.map(({ address, uri, latencyMs }) => ({
      address: address ?? "",
      url: uri,
      latency_ms: String(latencyMs),
    })),
  };
}

/** `num ÷ den` with this many decimals, cut off. */
function decimals(num: bigint, den: bigint, digits: number): string {
  const scaled = (num * 10n ** BigInt(digits)) / den;
  const text = scaled.toString().padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Three decimals of an exact fraction; 0 off chain. */
function priceText(price: string | null): string {
  const [num = "0", den = "1"] = (price ?? "0").split("/");
  return decimals(BigInt(num), BigInt(den), 3);
}
