import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  type MaxFloatUpdate,
  MaxFloatUpdateSchema,
  QueueTicketResSchema,
  type Ticket as TicketMessage,
  TicketRedeemer,
} from "@livepeer-ts/execution";
import {
  type Address,
  addressFromBytes,
  type Clock,
  errorText,
  type Logger,
  type Metrics,
  minimalBigEndian,
  sameSecret,
} from "@livepeer-ts/kernel";
import type { RoundClock } from "@livepeer-ts/protocol";
import type { SenderFloats } from "../ports/sender-floats.ts";
import type { TicketStore, WinningTicket } from "../ports/ticket-store.ts";
import type { PendingAmounts } from "../redemption/pending-amounts.ts";
import { winnerFromMessage } from "../redemption/redeemer-message.ts";
import { redeemerRefusals, redeemerSecretHeader } from "../wire/redeemer-wire.ts";
import { faultOfQueuedTicket } from "./check-queued-ticket.ts";

export type RedeemerServiceOptions = {
  /** Whom the tickets must be made out to. */
  readonly recipient: Address;
  /** What callers must know; undefined: anybody may call, as at go-livepeer's redeemer. */
  readonly secret: string | undefined;
  /** Winners that may wait. Default 100000. */
  readonly maxWaiting?: number;
  /** Streams of `MonitorMaxFloat` at one time. Default 1024. */
  readonly maxMonitors?: number;
};

export type RedeemerServiceDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly rounds: Pick<RoundClock, "current" | "onRound">;
  readonly senders: { onChange(listener: (sender: Address) => void): () => void };
  readonly pending: PendingAmounts;
  readonly store: TicketStore;
  readonly floats: SenderFloats;
  /** Called with each winner that was not here before; it is durable by then. */
  readonly onStored: (winner: WinningTicket) => void;
};

/** `net.TicketRedeemer`: takes winners over from orchestrators and tells them what their senders are good for. */
export class RedeemerService {
  readonly #options: Required<RedeemerServiceOptions>;
  readonly #deps: RedeemerServiceDeps;
  #monitors = 0;
  /** Waiting winners as counted at the round's start, and those that came since. */
  #waiting: number | undefined;
  #countedRound = -1n;

  constructor(options: RedeemerServiceOptions, deps: RedeemerServiceDeps) {
    this.#options = {
      recipient: options.recipient,
      secret: options.secret,
      maxWaiting: options.maxWaiting ?? 100_000,
      maxMonitors: options.maxMonitors ?? 1024,
    };
    this.#deps = deps;
  }

  register(router: ConnectRouter): void {
    router.service(TicketRedeemer, {
      queueTicket: async (message, { requestHeader }) => {
        this.#authorize(requestHeader);
        await this.queue(message);
        return create(QueueTicketResSchema);
      },
      maxFloat: async (request, { requestHeader }) => {
        this.#authorize(requestHeader);
        return floatMessage(await this.#float(addressFromBytes(request.sender)));
      },
      monitorMaxFloat: (request, { requestHeader, signal }) => {
        this.#authorize(requestHeader);
        return this.#monitor(addressFromBytes(request.sender), signal);
      },
    });
  }

  /** Keeps a winner; durable when it resolves. The same one again is fine. Rejects with a `ConnectError`. */
  async queue(message: TicketMessage): Promise<void> {
    const winner = winnerFromMessage(message);
    const { recipient, maxWaiting } = this.#options;
    if (winner.recipient !== recipient)
      throw new ConnectError(redeemerRefusals.recipient(winner.recipient, recipient), Code.PermissionDenied);
    const { lastInitializedRound } = this.#deps.rounds.current();
    const fault = faultOfQueuedTicket(winner, lastInitializedRound);
    if (fault !== undefined) throw new ConnectError(redeemerRefusals.ticket(fault), Code.InvalidArgument);
    try {
      if ((await this.#countWaiting(lastInitializedRound)) >= maxWaiting)
        throw new ConnectError(redeemerRefusals.queueFull(maxWaiting), Code.ResourceExhausted);
      if (!(await this.#deps.store.storeWinner(winner, this.#deps.clock.now()))) return;
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      throw new ConnectError(errorText(error), Code.Internal);
    }
    if (this.#waiting !== undefined) this.#waiting++;
    this.#deps.metrics.count("livepeer_redeemer_tickets_queued_total");
    this.#deps.logger.info("winner taken over", { ticket: winner.ticketHash, sender: winner.sender });
    this.#deps.onStored(winner);
  }

  async #countWaiting(round: bigint): Promise<number> {
    // once a round: adding up is not free, and in between the number can only be too high
    if (this.#waiting === undefined || this.#countedRound !== round) {
      this.#waiting = (await this.#deps.store.pendingTotals(0n)).count;
      this.#countedRound = round;
    }
    if (this.#waiting >= this.#options.maxWaiting) this.#waiting = (await this.#deps.store.pendingTotals(0n)).count;
    return this.#waiting;
  }

  #authorize(header: Headers): void {
    const { secret } = this.#options;
    if (secret === undefined) return;
    const [, given] = /^Bearer (.*)$/i.exec(header.get(redeemerSecretHeader) ?? "") ?? [];
    if (given === undefined || !sameSecret(given, secret))
      throw new ConnectError(redeemerRefusals.secret, Code.Unauthenticated);
  }

  async #float(sender: Address): Promise<bigint> {
    try {
      const wei = await this.#deps.floats.maxFloatWei(sender);
      // the message has no sign: what is below 0 would be read as its opposite
      return wei < 0n ? 0n : wei;
    } catch (error) {
      throw new ConnectError(errorText(error), Code.Internal);
    }
  }

  /** Sends the float whenever it becomes another one; nothing at the beginning. */
  async *#monitor(sender: Address, signal: AbortSignal): AsyncGenerator<MaxFloatUpdate> {
    const { maxMonitors } = this.#options;
    if (this.#monitors >= maxMonitors)
      throw new ConnectError(redeemerRefusals.monitorsFull(maxMonitors), Code.ResourceExhausted);
    this.#monitors++;
    let isChanged = false;
    let wake = (): void => {};
    const change = () => {
      isChanged = true;
      wake();
    };
    const onSender = (changed: Address) => {
      if (changed === sender) change();
    };
    const { senders, pending, rounds } = this.#deps;
    const stops = [senders.onChange(onSender), pending.onChange(onSender), rounds.onRound(change)];
    signal.addEventListener("abort", change, { once: true });
    try {
      let known = await this.#float(sender);
      while (!signal.aborted) {
        if (!isChanged)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        isChanged = false;
        if (signal.aborted) return;
        const wei = await this.#float(sender);
        if (wei === known) continue;
        known = wei;
        yield floatMessage(wei);
      }
    } finally {
      signal.removeEventListener("abort", change);
      for (const stop of stops) stop();
      this.#monitors--;
    }
  }
}

function floatMessage(wei: bigint): MaxFloatUpdate {
  return create(MaxFloatUpdateSchema, { maxFloat: minimalBigEndian(wei) });
}
