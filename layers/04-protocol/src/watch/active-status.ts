import { type Address, errorText, type Logger } from "@livepeer-ts/kernel";
import type { AddressBook } from "../contracts/address-book.ts";
import { protocolReads } from "../contracts/protocol-reads.ts";
import type { ChainReader } from "../ports/chain-reader.ts";
import type { BlockStep, BlockWatcher } from "./block-watcher.ts";
import { decodeProtocolEvent } from "./watched-events.ts";

export type ActiveStatusDeps = {
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly blocks: BlockWatcher;
  readonly logger: Logger;
};

/** Whether one orchestrator works in the current round; read at every new round and whenever its membership changes. */
export class ActiveStatus {
  readonly #address: Address;
  readonly #deps: ActiveStatusDeps;
  #active = false;
  #stale = false;
  #signal: AbortSignal | undefined;

  constructor(address: Address, deps: ActiveStatusDeps) {
    this.#address = address;
    this.#deps = deps;
  }

  /** Reads the present state and follows the block watcher. Rejects when the chain cannot be read. */
  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await this.#read(signal);
    this.#deps.blocks.onBlock((step) => this.#onBlock(step));
  }

  /** True when it is active; on an RPC outage the last known answer. */
  isActive(): boolean {
    return this.#active;
  }

  async #read(signal: AbortSignal): Promise<void> {
    this.#active = await this.#deps.reader.read(
      protocolReads(this.#deps.book).isActiveTranscoder(this.#address),
      signal,
    );
    this.#stale = false;
  }

  async #onBlock(step: BlockStep): Promise<void> {
    for (const log of [...step.removed, ...step.added]) {
      const event = decodeProtocolEvent(log, this.#deps.book);
      if (
        event?.name === "NewRound" ||
        (event !== undefined && "transcoder" in event && event.transcoder === this.#address)
      ) {
        this.#stale = true;
      }
    }
    if (!this.#stale) return;
    try {
      await this.#read(this.#signal as AbortSignal);
    } catch (error) {
      this.#deps.logger.warn("active state could not be read", { error: errorText(error) });
    }
  }
}
