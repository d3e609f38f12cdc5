import { answerText, LpError, type Net } from "@livepeer-ts/kernel";
import { trickleWire } from "../wire/trickle.ts";
import type { TricklePolicy } from "./trickle-channel.ts";

export type TricklePublisherOptions = {
  /** URL of the channel, without an index. */
  readonly url: string;
  readonly mimeType: string;
  /** Index of the first segment. Default 0. */
  readonly startIndex?: number;
  /** Takes over from another publisher: its open segments end with our first one. Default false. */
  readonly takesOver?: boolean;
};

/** How a segment was taken: `closed` = the channel is over, nothing more is wanted. */
export type PublishResult = "taken" | "closed";

const maxTextBytes = 4096;

/**
 * Writes a channel of another node. Segments may overlap: each call begins the next one, whether or not the earlier ones have
 * ended. Rejects with `trickle_gone` when there is no such channel, `trickle_refused`, or the net's error.
 */
export class TricklePublisher {
  readonly #options: TricklePublisherOptions;
  readonly #net: Net;
  #nextIndex: number;
  #isFirst = true;

  constructor(options: TricklePublisherOptions, net: Net) {
    this.#options = options;
    this.#net = net;
    this.#nextIndex = options.startIndex ?? 0;
  }

  /** Index of the segment that the next call writes. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Creates the channel, where its node lets strangers do that. */
  async create(signal: AbortSignal, policy: TricklePolicy = "live-edge"): Promise<void> {
    const { header } = trickleWire;
    await this.#send("POST", "", signal, {
      [header.expectContent]: this.#options.mimeType,
      ...(policy === "lossless" ? { [header.policy]: trickleWire.losslessValue } : {}),
    });
  }

  /** Continues where the channel stands. */
  async seekNext(signal: AbortSignal): Promise<void> {
    const answer = await this.#send("GET", "/next", signal, {});
    this.#nextIndex = Number(answer.header.get(trickleWire.header.latest) ?? 0);
  }

  /** Writes one segment; its bytes are relayed as they come. */
  async publish(body: AsyncIterable<Uint8Array> | Uint8Array, signal: AbortSignal): Promise<PublishResult> {
    const index = this.#nextIndex++;
    const { header, closedValue } = trickleWire;
    const isReset = this.#isFirst && this.#options.takesOver === true;
    this.#isFirst = false;
    const answer = await this.#send(
      "POST",
      `/${index}`,
      signal,
      { "content-type": this.#options.mimeType, ...(isReset ? { [header.reset]: "1" } : {}) },
      body,
    );
    return answer.header.get(header.closed) === closedValue ? "closed" : "taken";
  }

  /** Ends one segment that will not come. */
  async drop(index: number, signal: AbortSignal): Promise<void> {
    await this.#send("DELETE", `/${index}`, signal, {});
  }

  /** Ends the channel; one that has ended already is no failure. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#send("DELETE", "", signal, {}).catch((error: unknown) => {
      if (!(error instanceof LpError) || error.details["status"] !== 400) throw error;
    });
  }

  async #send(
    method: string,
    part: string,
    signal: AbortSignal,
    header: Readonly<Record<string, string>>,
    body?: AsyncIterable<Uint8Array> | Uint8Array,
  ): Promise<{ readonly header: Headers }> {
    const url = `${this.#options.url}${part}`;
    const answer = await this.#net.request({
      method,
      url,
      header: new Headers(header),
      ...(body === undefined ? {} : { body }),
      signal,
    });
    const text = await answerText(answer, maxTextBytes);
    if (answer.status < 400) return answer;
    const { status } = answer;
    throw new LpError({
      code: status === 404 ? "trickle_gone" : "trickle_refused",
      message: `${method} ${url} was answered with ${status}: ${text.trim()}`,
      details: { status, url },
      retryable: status >= 500,
    });
  }
}
