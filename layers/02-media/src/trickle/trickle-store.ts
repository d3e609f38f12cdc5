import { BodyBudget, type Clock, LpError, type Tasks, utf8 } from "@livepeer-ts/kernel";
import { trickleWire } from "../wire/trickle.ts";
import { TrickleChannel, type TricklePolicy } from "./trickle-channel.ts";

export type TrickleOptions = {
  /** What every path begins with; ends with a slash. */
  readonly basePath: string;
  /** Strangers may create channels. Default false: the node's own jobs make them. */
  readonly autocreate: boolean;
  /** A channel `_changes` tells which channels come and go. Default false. */
  readonly changefeed: boolean;
  /** Ms without a byte; then a channel ends. Those whose name begins with `_` stay. */
  readonly idleMs: number;
  /** Ms between two looks for idle channels. */
  readonly sweepMs: number;
  /** Channels at once. */
  readonly maxChannels: number;
  /** Readers of one channel at once. */
  readonly maxReaders: number;
  /** Publishers of one channel at once, those that wait included. */
  readonly maxWriters: number;
  /** Characters of a name. */
  readonly maxNameLength: number;
  /** Bytes of one segment. */
  readonly maxSegmentBytes: number;
  /** Bytes of one channel that are held, for as long as a reader needs them. */
  readonly maxChannelBytes: number;
  /** Bytes of all channels that are held. */
  readonly maxHeldBytes: number;
  /** Ms without a first byte after which a publisher is told that it is still waited for. */
  readonly continueMs: number;
};

export const defaultTrickleOptions: TrickleOptions = {
  basePath: "/ai/trickle/",
  autocreate: false,
  changefeed: false,
  idleMs: 300_000,
  sweepMs: 60_000,
  maxChannels: 4096,
  maxReaders: 256,
  maxWriters: 64,
  maxNameLength: 256,
  maxSegmentBytes: 64 * 1024 * 1024,
  maxChannelBytes: 320 * 1024 * 1024,
  maxHeldBytes: 1024 * 1024 * 1024,
  continueMs: 10_000,
};

export type NewChannel = {
  readonly name: string;
  readonly mimeType: string;
  /** Default `live-edge`. */
  readonly policy?: TricklePolicy;
  /** Called once, when it has ended. */
  readonly onClose?: () => void;
};

/** The channels of one node. */
export class TrickleStore {
  readonly options: TrickleOptions;
  readonly #clock: Clock;
  readonly #channels = new Map<string, TrickleChannel>();
  readonly #budget: BodyBudget;
  #changes: TrickleChannel | undefined;

  constructor(options: Partial<TrickleOptions>, deps: { readonly clock: Clock; readonly tasks: Tasks }) {
    this.options = { ...defaultTrickleOptions, ...options };
    this.#clock = deps.clock;
    const { maxHeldBytes, maxChannelBytes } = this.options;
    this.#budget = new BodyBudget({ totalBytes: maxHeldBytes, perPeerBytes: maxChannelBytes });
    if (this.options.changefeed) {
      const { changefeed: name } = trickleWire;
      this.#changes = this.create({ name, mimeType: "application/json" });
      this.#announce({ added: [name] });
    }
    deps.clock.every(this.options.sweepMs, async () => this.sweep(), deps.tasks);
    deps.tasks.signal.addEventListener("abort", () => this.closeAll(), { once: true });
  }

  get size(): number {
    return this.#channels.size;
  }

  /** Bytes that are held for readers. */
  get heldBytes(): number {
    return this.#budget.heldBytes;
  }

  get(name: string): TrickleChannel | undefined {
    return this.#channels.get(name);
  }

  /** Makes a channel, or gives the one of that name as it is. Throws `trickle_full`, `trickle_bad_name`. */
  create({ name, mimeType, policy, onClose }: NewChannel): TrickleChannel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    if (name === "" || name.length > this.options.maxNameLength) {
      throw new LpError({
        code: "trickle_bad_name",
        message: `a channel's name has 1 to ${this.options.maxNameLength} characters, this one has ${name.length}`,
      });
    }
    if (this.#channels.size >= this.options.maxChannels) {
      throw new LpError({ code: "trickle_full", message: trickleWire.text.tooManyChannels, retryable: true });
    }
    const channel = new TrickleChannel({
      name,
      mimeType,
      policy: policy ?? "live-edge",
      maxSegmentBytes: this.options.maxSegmentBytes,
      lease: () => this.#budget.lease(name),
      now: () => this.#clock.mono(),
      onClose: () => {
        if (this.#channels.get(name) === channel) this.#channels.delete(name);
        this.#announce({ removed: [name] });
        onClose?.();
      },
    });
    this.#channels.set(name, channel);
    this.#announce({ added: [name] });
    return channel;
  }

  /** Ends the channels that nothing was written to for too long. */
  sweep(): void {
    const oldest = this.#clock.mono() - this.options.idleMs;
    for (const channel of [...this.#channels.values()]) {
      if (!channel.name.startsWith("_") && channel.lastWriteAt < oldest) channel.close();
    }
  }

  /** Ends all of them. */
  closeAll(): void {
    this.#changes = undefined;
    for (const channel of [...this.#channels.values()]) channel.close();
  }

  #announce(change: { readonly added: readonly string[] } | { readonly removed: readonly string[] }): void {
    if (this.#changes?.isClosed === false) this.#changes.publish(utf8(JSON.stringify(change)));
  }
}
