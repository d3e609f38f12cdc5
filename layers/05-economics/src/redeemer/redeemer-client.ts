import { create } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { grpcTransport, MaxFloatReqSchema, TicketRedeemer } from "@livepeer-ts/execution";
import {
  type Address,
  addressToBytes,
  bigEndianToBigInt,
  type Clock,
  errorText,
  LpError,
  type Net,
} from "@livepeer-ts/kernel";
import type { WinningTicket } from "../ports/ticket-store.ts";
import { winnerToMessage } from "../redemption/redeemer-message.ts";
import { redeemerSecretHeader } from "../wire/redeemer-wire.ts";

export type RedeemerClientOptions = {
  /** `https://host:port` (`-redeemerAddr`). */
  readonly url: string;
  /** What the redeemer wants to hear; undefined: nothing is sent. */
  readonly secret: string | undefined;
  /** Ms for one call. Default 8000. */
  readonly callMs?: number;
};

/** Answers that another try does not change: the redeemer is set up for others, or the ticket is no good. */
const refusalCodes: ReadonlySet<Code> = new Set([Code.PermissionDenied, Code.InvalidArgument]);

/** What an orchestrator says to the redeemer of its tickets. All methods reject with `redeemer_refused` or (retryable) `redeemer_away`. */
export class RedeemerClient {
  readonly #callMs: number;
  readonly #client: Client<typeof TicketRedeemer>;
  readonly #headers: Headers;
  readonly #url: string;
  readonly #clock: Clock;

  constructor(options: RedeemerClientOptions, deps: { readonly net: Net; readonly clock: Clock }) {
    this.#callMs = options.callMs ?? 8000;
    this.#url = options.url;
    this.#clock = deps.clock;
    this.#client = createClient(TicketRedeemer, grpcTransport(deps.net, options.url));
    this.#headers = new Headers(
      options.secret === undefined ? {} : { [redeemerSecretHeader]: `Bearer ${options.secret}` },
    );
  }

  /** Hands a winner over; the redeemer has stored it when this resolves. */
  async queue(winner: WinningTicket, signal: AbortSignal): Promise<void> {
    await this.#call(signal, (callSignal) =>
      this.#client.queueTicket(winnerToMessage(winner), { signal: callSignal, headers: this.#headers }),
    );
  }

  /** What the sender is good for, wei. */
  async maxFloat(sender: Address, signal: AbortSignal): Promise<bigint> {
    const request = create(MaxFloatReqSchema, { sender: addressToBytes(sender) });
    const answer = await this.#call(signal, (callSignal) =>
      this.#client.maxFloat(request, { signal: callSignal, headers: this.#headers }),
    );
    return bigEndianToBigInt(answer.maxFloat);
  }

  /** Every change of what the sender is good for, wei, until the redeemer or `signal` ends it. */
  async *monitor(sender: Address, signal: AbortSignal): AsyncGenerator<bigint> {
    const request = create(MaxFloatReqSchema, { sender: addressToBytes(sender) });
    try {
      const updates = this.#client.monitorMaxFloat(request, { signal, headers: this.#headers });
      for await (const update of updates) yield bigEndianToBigInt(update.maxFloat);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #call<T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = this.#clock.deadline(this.#callMs, signal);
    try {
      return await call(deadline.signal);
    } catch (error) {
      throw this.#failure(error);
    } finally {
      deadline.clear();
    }
  }

  #failure(error: unknown): LpError {
    const text = error instanceof ConnectError ? error.rawMessage : errorText(error);
    const isRefusal = error instanceof ConnectError && refusalCodes.has(error.code);
    return new LpError({
      code: isRefusal ? "redeemer_refused" : "redeemer_away",
      message: isRefusal ? text : `the redeemer at ${this.#url} did not answer, or not to this node: ${text}`,
      retryable: !isRefusal,
      cause: error,
    });
  }
}
