import { type Clock, eitherSignal, type HttpResponse, LpError, type Net, outlasts } from "@livepeer-ts/kernel";
import { trickleWire } from "../wire/trickle.ts";

export type TrickleSubscriberOptions = {
  /** URL of the channel, without an index. */
  readonly url: string;
  /** Index of the first segment; -1 = the next that is written, -2 = the current one. Default -1. */
  readonly startIndex?: number;
  /** Ms without an answer after which the question is asked anew. Default 20000. */
  readonly silentMs?: number;
  /** Failures in a row; then reading ends with the last one. Default 5. */
  readonly maxFailures?: number;
  /** Ms between two tries. Default 500. */
  readonly pauseMs?: number;
};

/** A segment as it comes. Its body must be read or ended before the next one is asked for. */
export type ReceivedSegment = {
  readonly index: number;
  readonly mimeType: string;
  readonly body: AsyncIterable<Uint8Array>;
};

/** Ms until the same index is asked for again, when the channel is not that far yet. */
const notYetMs = 250;

/** Reads a channel of another node until it is over. */
export class TrickleSubscriber {
  readonly #options: Required<TrickleSubscriberOptions>;
  readonly #deps: { readonly net: Net; readonly clock: Clock };

  constructor(options: TrickleSubscriberOptions, deps: { readonly net: Net; readonly clock: Clock }) {
    this.#options = { startIndex: -1, silentMs: 20_000, maxFailures: 5, pauseMs: 500, ...options };
    this.#deps = deps;
  }

  /**
   * The segments in their order; those that are gone are passed over. Ends when the channel has ended. Throws what the last of
   * too many failures in a row was.
   */
  async *segments(signal: AbortSignal): AsyncGenerator<ReceivedSegment> {
    const { maxFailures, pauseMs } = this.#options;
    const { clock } = this.#deps;
    const { header, closedValue, entryNotFound } = trickleWire;
    let index = this.#options.startIndex;
    for (let failures = 0; ; ) {
      let answer: HttpResponse | undefined;
      try {
        answer = await this.#get(index, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (++failures >= maxFailures) throw error;
        await clock.sleep(pauseMs, signal);
        continue;
      }
      if (answer === undefined) continue;
      const { status } = answer;
      if (status === 200) {
        failures = 0;
        const seq = numberOf(answer.header, header.seq) ?? index;
        if (answer.header.get(header.closed) === closedValue) return await drop(answer);
        if (answer.header.get("content-length") === "0") await drop(answer);
        else yield { index: seq, mimeType: answer.header.get("content-type") ?? "", body: answer.body };
        index = seq + 1;
        continue;
      }
      await drop(answer);
      if (status === 404) return;
      if (status === entryNotFound) {
        const latest = numberOf(answer.header, header.latest) ?? -1;
        if (index >= 0 && latest < index) await clock.sleep(notYetMs, signal);
        else index = latest;
        continue;
      }
      if (++failures >= maxFailures) {
        throw new LpError({
          code: "trickle_refused",
          message: `${this.#options.url}/${index} was answered with ${status}`,
          details: { status },
          retryable: status >= 500,
        });
      }
      await clock.sleep(pauseMs, signal);
    }
  }

  /** The answer's head; undefined when none came for too long. */
  async #get(index: number, signal: AbortSignal): Promise<HttpResponse | undefined> {
    const giveUp = new AbortController();
    const either = eitherSignal(signal, giveUp.signal);
    const answer = this.#deps.net.request({
      method: "GET",
      url: `${this.#options.url}/${index}`,
      header: new Headers(),
      signal: either.signal,
    });
    if (!(await outlasts(answer, this.#options.silentMs, this.#deps.clock, signal))) return answer;
    giveUp.abort();
    await answer.then(drop, () => {});
    return undefined;
  }
}

async function drop(answer: Pick<HttpResponse, "body">): Promise<void> {
  for await (const _ of answer.body) break;
}

function numberOf(header: Headers, name: string): number | undefined {
  const value = Number(header.get(name) ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}
