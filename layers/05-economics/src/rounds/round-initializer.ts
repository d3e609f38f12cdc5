import {
  type Clock,
  checksumAddress,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  contractCall,
  protocolReads,
  type RoundClock,
  type TxSubmitter,
} from "@livepeer-ts/protocol";
import { roundsManagerAbi } from "@livepeer-ts/protocol/abi";
import type { RoundInitialized } from "../records/money-record.ts";

export type RoundInitializerOptions = {
  /** Upper end of the random wait before initializing, ms. Default 30000 (`-initializeRoundMaxDelay`). */
  readonly maxDelayMs?: number;
};

export type RoundInitializerDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly submitter: TxSubmitter;
};

/** Initializes each round once its time has come, after a random wait so that several nodes do not all pay for it. */
export class RoundInitializer {
  readonly #maxDelayMs: number;
  readonly #deps: RoundInitializerDeps;
  #busy = false;
  /** First L1 block at which another look is worth a request. */
  #lookAtBlock = 0n;

  constructor(options: RoundInitializerOptions, deps: RoundInitializerDeps) {
    this.#maxDelayMs = options.maxDelayMs ?? 30_000;
    this.#deps = deps;
  }

  /** Looks now and at every L1 block from the end of the round on. */
  start(owner: TaskOwner): void {
    const look = (l1Block: bigint) => {
      if (this.#busy || l1Block < this.#lookAtBlock) return;
      this.#busy = true;
      owner.spawn("initialize round", async (signal) => {
        try {
          await this.#look(signal);
        } catch (error) {
          if (!signal.aborted) this.#deps.logger.warn("round could not be initialized", { error: errorText(error) });
        } finally {
          this.#busy = false;
        }
      });
    };
    this.#deps.rounds.onL1Block(look);
    this.#deps.rounds.onRound(() => {
      this.#lookAtBlock = 0n;
    });
    look(this.#deps.rounds.current().lastSeenL1Block);
  }

  async #look(signal: AbortSignal): Promise<void> {
    if ((await this.#dueRound(signal)) === undefined) return;
    await this.#deps.clock.sleep(this.#deps.random.unit() * this.#maxDelayMs, signal);
    const round = await this.#dueRound(signal); // another node may have been faster
    if (round === undefined) return;
    try {
      const result = await this.#deps.submitter.submit(
        {
          id: `initializeRound:${round}`,
          to: this.#deps.book.roundsManager,
          data: contractCall(roundsManagerAbi, "initializeRound", []),
        },
        signal,
      );
      this.#deps.metrics.count("livepeer_rounds_initialized_total");
      const data: RoundInitialized = {
        round: round.toString(),
        txHash: result.hash,
        by: checksumAddress(this.#deps.submitter.address),
        block: result.blockNumber.toString(),
      };
      await this.#deps.events.emit({ type: "round.initialized", subject: `round:${round}`, data });
    } catch (error) {
      const reason = error instanceof LpError ? error.details["reason"] : undefined;
      if (reason !== "round already initialized") throw error;
    }
  }

  /** The round to initialize; undefined when there is none, and then the next look waits for its end. */
  async #dueRound(signal: AbortSignal): Promise<bigint | undefined> {
    const reads = protocolReads(this.#deps.book);
    const [isInitialized, round, startBlock, length] = await this.#deps.reader.readAll(
      [reads.currentRoundInitialized(), reads.currentRound(), reads.currentRoundStartBlock(), reads.roundLength()],
      signal,
    );
    if (!isInitialized) return round;
    this.#lookAtBlock = startBlock + length;
    return undefined;
  }
}
