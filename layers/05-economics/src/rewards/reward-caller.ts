import {
  type Address,
  checksumAddress,
  type EventSink,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type TaskOwner,
  toAddress,
  zeroAddress,
} from "@livepeer-ts/kernel";
import {
  type AddressBook,
  type ChainReader,
  contractCall,
  contractEvent,
  protocolReads,
  type RoundClock,
  type TxResult,
  type TxSubmitter,
} from "@livepeer-ts/protocol";
import { bondingManagerAbi } from "@livepeer-ts/protocol/abi";
import type { RewardCalled } from "../records/money-record.ts";

export type RewardCallerDeps = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly reader: ChainReader;
  readonly book: AddressBook;
  readonly rounds: RoundClock;
  readonly submitter: TxSubmitter;
  /** Pool members by stake, for the position hints. */
  readonly pool: { members(): readonly { readonly address: Address; readonly stakeWei: bigint }[] };
};

/** Calls reward once in every round in which the orchestrator is active, also for the round it started in. */
export class RewardCaller {
  readonly #orchestrator: Address;
  readonly #deps: RewardCallerDeps;
  #busy = false;
  #doneRound: bigint | undefined;

  /** `orchestrator` is the account of the transaction manager. */
  constructor(deps: RewardCallerDeps) {
    this.#orchestrator = deps.submitter.address;
    this.#deps = deps;
  }

  /** Looks now, at every new round, and at every L1 block until the round is rewarded. */
  start(owner: TaskOwner): void {
    const look = () => {
      const round = this.#deps.rounds.current().lastInitializedRound;
      if (this.#busy || this.#doneRound === round) return;
      this.#busy = true;
      owner.spawn("reward", async (signal) => {
        try {
          if (await this.#look(round, signal)) this.#doneRound = round;
        } catch (error) {
          if (signal.aborted) return;
          this.#deps.metrics.count("livepeer_reward_call_errors");
          this.#deps.logger.warn("reward could not be called", { round, error: errorText(error) });
        } finally {
          this.#busy = false;
        }
      });
    };
    this.#deps.rounds.onRound(() => {
      this.#doneRound = undefined; // a reorganization may have taken a reward back
    });
    this.#deps.rounds.onL1Block(look);
    look();
  }

  /** True when nothing is left to do in this round. */
  async #look(round: bigint, signal: AbortSignal): Promise<boolean> {
    const reads = protocolReads(this.#deps.book);
    const me = this.#orchestrator;
    const [isInitialized, isActive, transcoder] = await this.#deps.reader.readAll(
      [reads.currentRoundInitialized(), reads.isActiveTranscoder(me), reads.transcoder(me)],
      signal,
    );
    const [lastRewardRound] = transcoder;
    if (!isInitialized) return false;
    if (!isActive || lastRewardRound >= round) return true;
    const { prev, next } = await this.#hints(signal);
    let result: TxResult;
    try {
      result = await this.#deps.submitter.submit(
        {
          id: `reward:${round}`,
          to: this.#deps.book.bondingManager,
          data: contractCall(bondingManagerAbi, "rewardWithHint", [prev, next]),
        },
        signal,
      );
    } catch (error) {
      const reason = error instanceof LpError ? error.details["reason"] : undefined;
      if (reason === "caller has already called reward for the current round") return true;
      throw error;
    }
    const amountWei = rewardAmount(result, me);
    this.#deps.metrics.count("livepeer_reward_calls_total");
    this.#deps.logger.info("reward called", { round, amountWei });
    const data: RewardCalled = {
      round: round.toString(),
      txHash: result.hash,
      orchestrator: checksumAddress(me),
      amountWei: amountWei.toString(),
    };
    await this.#deps.events.emit({ type: "reward.called", subject: `round:${round}`, data });
    return true;
  }

  /** Neighbors in the pool after the reward; wrong ones only cost gas. */
  async #hints(signal: AbortSignal): Promise<{ prev: Address; next: Address }> {
    const reads = protocolReads(this.#deps.book);
    const [stake, mintable, totalBonded] = await this.#deps.reader.readAll(
      [reads.transcoderTotalStake(this.#orchestrator), reads.currentMintableTokens(), reads.totalBonded()],
      signal,
    );
    const expected = stake + (totalBonded === 0n ? 0n : (mintable * stake) / totalBonded);
    const others = this.#deps.pool.members().filter((member) => member.address !== this.#orchestrator);
    const at = others.findIndex((member) => member.stakeWei < expected);
    const position = at < 0 ? others.length : at;
    return { prev: others[position - 1]?.address ?? zeroAddress, next: others[position]?.address ?? zeroAddress };
  }
}

/** Amount in the `Reward` event of a transaction, LPT wei; 0 when there is none. */
function rewardAmount(result: TxResult, orchestrator: Address): bigint {
  for (const log of result.logs) {
    const args = contractEvent(bondingManagerAbi, "Reward", log);
    if (args !== undefined && toAddress(args.transcoder) === orchestrator) return args.amount;
  }
  return 0n;
}
