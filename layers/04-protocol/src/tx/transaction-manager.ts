import {
  type Address,
  type Clock,
  errorText,
  type Hash32,
  hasErrorCode,
  type Logger,
  LpError,
  type Metrics,
  privateKeyToAddress,
  type TaskOwner,
} from "@livepeer-ts/kernel";
import type { ChainReader } from "../ports/chain-reader.ts";
import type { ChainRpc } from "../ports/chain-rpc.ts";
import type { IntentStore, TxAttempt, TxIntent } from "../ports/intent-store.ts";
import type { TxRequest, TxResult, TxSubmitter } from "../ports/tx-submitter.ts";
import { revertReason } from "../rpc/revert-reason.ts";
import { parseQuantity, toQuantity } from "../rpc/rpc-values.ts";
import { txErrorText } from "../wire/tx-errors.ts";
import { checkedReplacementFees, firstFees, type TxFees } from "./fees.ts";
import { signTransaction } from "./sign-transaction.ts";
import { type MinedTx, parseReceipt } from "./tx-receipt.ts";

export type TransactionManagerOptions = {
  /** Wait for one attempt to be mined before it is replaced, ms. Default 300000 (`-transactionTimeout`). */
  readonly timeoutMs?: number;
  /** Replacements of one transaction. Default 1 (`-maxTransactionReplacements`). */
  readonly maxReplacements?: number;
  /** Highest gas price, wei; 0 = any. Default 0 (`-maxGasPrice`). */
  readonly maxGasPriceWei?: bigint;
  /** Gas limit; 0 = estimate. Default 0 (`-gasLimit`). */
  readonly gasLimit?: bigint;
  /** Added to an estimate, in percent. Default 20. */
  readonly gasMarginPercent?: bigint;
  /** Wait between looks for a receipt, ms. Default 1000. */
  readonly receiptPollMs?: number;
  /** Depth, in blocks, from which a transaction counts as settled for good. Default 12. */
  readonly finalDepth?: number;
  /** Settled transactions are forgotten after this long, ms. Default 2592000000 (30 days). */
  readonly retentionMs?: number;
};

export type TransactionManagerDeps = {
  readonly rpc: ChainRpc;
  readonly reader: ChainReader;
  readonly store: IntentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

const refusedForGood = /insufficient funds|intrinsic gas|exceeds block gas limit|invalid sender|invalid chain/i;

/**
 * Sends the transactions of one account, one at a time and in order. What is to be sent is durable before it is sent, so that a
 * crash at any point neither loses an effect nor repeats it; transactions that a reorganization takes out are sent again.
 */
export class TransactionManager implements TxSubmitter {
  readonly address: Address;
  readonly #key: Uint8Array;
  readonly #options: { -readonly [K in keyof TransactionManagerOptions]-?: NonNullable<TransactionManagerOptions[K]> };
  readonly #deps: TransactionManagerDeps;
  #queue: Promise<unknown> = Promise.resolve();
  #nextNonce = 0;
  #chainId: bigint | undefined;
  readonly #running = new Map<string, Promise<TxIntent>>();

  constructor(privateKey: Uint8Array, options: TransactionManagerOptions, deps: TransactionManagerDeps) {
    this.#key = privateKey;
    this.address = privateKeyToAddress(privateKey);
    this.#options = {
      timeoutMs: options.timeoutMs ?? 300_000,
      maxReplacements: options.maxReplacements ?? 1,
      maxGasPriceWei: options.maxGasPriceWei ?? 0n,
      gasLimit: options.gasLimit ?? 0n,
      gasMarginPercent: options.gasMarginPercent ?? 20n,
      receiptPollMs: options.receiptPollMs ?? 1000,
      finalDepth: options.finalDepth ?? 12,
      retentionMs: options.retentionMs ?? 30 * 24 * 3600_000,
    };
    this.#deps = deps;
  }

  /** Highest gas price, wei; 0 = any. */
  get maxGasPriceWei(): bigint {
    return this.#options.maxGasPriceWei;
  }

  set maxGasPriceWei(value: bigint) {
    this.#options.maxGasPriceWei = value;
  }

  /** Gas limit of every transaction; 0 = estimated. */
  get gasLimit(): bigint {
    return this.#options.gasLimit;
  }

  /** Takes up the transactions that a former process left behind, and watches over settled ones until they are final. */
  async start(owner: TaskOwner): Promise<void> {
    const { clock, store } = this.#deps;
    this.#chainId = await this.#deps.reader.chainId(owner.signal);
    await store.prune(clock.now() - this.#options.retentionMs);
    for (const intent of await store.unsettled(this.address)) {
      this.#nextNonce = Math.max(this.#nextNonce, intent.nonce + 1);
      if (intent.state !== "sending") continue;
      const settled = this.#locked(() => this.#settle(intent, owner.signal));
      this.#track(intent.id, settled);
      owner.spawn(`settle ${intent.id}`, async () => {
        try {
          await settled;
        } catch (error) {
          if (!owner.signal.aborted) {
            this.#deps.logger.warn("transaction of the last run is not settled", {
              id: intent.id,
              error: errorText(error),
            });
          }
        }
      });
    }
    clock.every(Math.max(this.#options.receiptPollMs, 1000), () => this.#guard(owner.signal), owner);
  }

  async submit(request: TxRequest, signal: AbortSignal): Promise<TxResult> {
    const running = this.#running.get(request.id);
    const intent = await (running ??
      this.#track(
        request.id,
        this.#locked(() => this.#once(request, signal)),
      ));
    return this.#confirmed(intent, request.confirmations ?? 1, signal);
  }

  async find(id: string): Promise<TxIntent | undefined> {
    return this.#deps.store.get(this.address, id);
  }

  async findLatest(idPrefix: string, limit: number): Promise<readonly TxIntent[]> {
    return this.#deps.store.latest(this.address, idPrefix, limit);
  }

  async simulate(request: TxRequest, signal: AbortSignal): Promise<bigint> {
    const { to, data, valueWei = 0n } = request;
    try {
      const call = { from: this.address, to, data, value: toQuantity(valueWei) };
      return parseQuantity(await this.#deps.rpc.call("eth_estimateGas", [call], signal), "a gas estimate");
    } catch (error) {
      const reason = revertReason(error);
      if (reason === undefined) throw error;
      throw new LpError({
        code: "tx_would_revert",
        message: `execution reverted${reason === "" ? "" : `: ${reason}`}`,
        details: { reason, id: request.id, to },
        cause: error,
      });
    }
  }

  #track(id: string, promise: Promise<TxIntent>): Promise<TxIntent> {
    this.#running.set(id, promise);
    const forget = () => {
      if (this.#running.get(id) === promise) this.#running.delete(id);
    };
    promise.then(forget, forget);
    return promise;
  }

  /** One transaction at a time per account, in order of the calls. */
  #locked<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(work, work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #once(request: TxRequest, signal: AbortSignal): Promise<TxIntent> {
    const known = await this.#deps.store.get(this.address, request.id);
    if (known !== undefined) {
      if (known.state === "sending") return this.#settle(known, signal);
      // a failed or abandoned one may be tried again: it had no effect
      if (known.state !== "abandoned" && known.mined?.success === true) return known;
    }
    return this.#settle(await this.#prepare(request, signal), signal);
  }

  /** Simulates, signs and stores. Nothing has been sent when this rejects. */
  async #prepare(request: TxRequest, signal: AbortSignal): Promise<TxIntent> {
    const { store, clock } = this.#deps;
    const { to, data, valueWei = 0n, minGas = 0n } = request;
    const fees = await this.#fees(signal);
    const estimate = await this.simulate(request, signal);
    let gasLimit = this.#options.gasLimit;
    if (gasLimit === 0n) {
      gasLimit = (estimate * (100n + this.#options.gasMarginPercent)) / 100n;
      if (gasLimit < minGas) gasLimit = minGas;
    }
    const nonce = await this.#freshNonce(signal);
    const attempt = await this.#sign({ to, data, valueWei, gasLimit, nonce }, fees, signal);
    const intent: TxIntent = {
      id: request.id,
      from: this.address,
      to,
      data,
      valueWei,
      gasLimit,
      nonce,
      attempts: [attempt],
      state: "sending",
      mined: undefined,
      createdAt: clock.now(),
    };
    await store.put(intent);
    this.#nextNonce = nonce + 1;
    return intent;
  }

  async #freshNonce(signal: AbortSignal): Promise<number> {
    const unsettled = await this.#deps.store.unsettled(this.address);
    let pending = await this.#transactionCount("pending", signal);
    const lost = unsettled.filter((intent) => intent.state === "mined" && intent.nonce >= pending);
    if (lost.length > 0) {
      // a reorganization took these out: they keep their nonces, or their effect would be lost
      for (const intent of lost) await this.#settleAgain(intent, signal);
      pending = await this.#transactionCount("pending", signal);
    }
    // with nothing of ours on its way the chain is right, even when it is below what we counted (a dropped transaction)
    return unsettled.some((intent) => intent.state === "sending") ? Math.max(pending, this.#nextNonce) : pending;
  }

  async #transactionCount(block: "pending" | "latest", signal: AbortSignal): Promise<number> {
    const answer = await this.#deps.rpc.call("eth_getTransactionCount", [this.address, block], signal);
    return Number(parseQuantity(answer, "a nonce"));
  }

  async #fees(signal: AbortSignal): Promise<TxFees> {
    const { reader, rpc } = this.#deps;
    const head = await reader.header("latest", signal);
    const gasPriceWei = await reader.gasPrice(signal);
    let suggestedTipWei: bigint | undefined;
    if (head?.baseFeeWei !== undefined) {
      try {
        suggestedTipWei = parseQuantity(await rpc.call("eth_maxPriorityFeePerGas", [], signal), "a tip");
      } catch (error) {
        if (!hasErrorCode(error, "rpc_error")) throw error; // the method is optional
      }
    }
    return firstFees({ baseFeeWei: head?.baseFeeWei, gasPriceWei, suggestedTipWei }, this.#options.maxGasPriceWei);
  }

  async #sign(
    tx: Pick<TxIntent, "to" | "data" | "valueWei" | "gasLimit" | "nonce">,
    fees: TxFees,
    signal: AbortSignal,
  ): Promise<TxAttempt> {
    this.#chainId ??= await this.#deps.reader.chainId(signal);
    const { raw, hash } = signTransaction({ ...tx, chainId: this.#chainId, fees }, this.#key);
    return {
      hash,
      raw,
      maxFeePerGasWei: fees.maxFeePerGasWei,
      maxPriorityFeePerGasWei: fees.maxPriorityFeePerGasWei,
      signedAt: this.#deps.clock.now(),
    };
  }

  /** Sends (again) until the transaction is mined. Resolves with the intent in `mined`, whether it succeeded or not. */
  async #settle(start: TxIntent, signal: AbortSignal): Promise<TxIntent> {
    const { clock, logger, metrics } = this.#deps;
    let intent = start;
    let resend = true;
    let attemptDeadline = clock.mono() + this.#options.timeoutMs;
    for (;;) {
      if (resend) {
        const verdict = await this.#send(intent, signal);
        resend = verdict === "unknown";
        if (verdict === "nonce-used") resend = await this.#isNonceFree(intent, signal);
      }
      const mined = await this.#findMined(intent, signal);
      if (mined !== undefined) return this.#markMined(intent, mined);
      if (clock.mono() >= attemptDeadline) {
        const last = lastAttempt(intent);
        metrics.count("livepeer_tx_timeouts_total");
        if (intent.attempts.length > this.#options.maxReplacements) {
          throw new LpError({
            code: "tx_timeout",
            message: txErrorText.timedOut(last.hash),
            details: { id: intent.id, hash: last.hash },
            retryable: true,
          });
        }
        intent = await this.#replace(intent, signal);
        logger.info("transaction replaced", { id: intent.id, nonce: intent.nonce, hash: lastAttempt(intent).hash });
        attemptDeadline = clock.mono() + this.#options.timeoutMs;
        resend = true;
        continue;
      }
      await clock.sleep(this.#options.receiptPollMs, signal);
    }
  }

  async #replace(intent: TxIntent, signal: AbortSignal): Promise<TxIntent> {
    const last = lastAttempt(intent);
    const fees = checkedReplacementFees(
      {
        type: last.maxPriorityFeePerGasWei === 0n && last.raw.startsWith("0xf") ? "legacy" : "eip1559",
        maxFeePerGasWei: last.maxFeePerGasWei,
        maxPriorityFeePerGasWei: last.maxPriorityFeePerGasWei,
      },
      this.#options.maxGasPriceWei,
    );
    const next: TxIntent = { ...intent, attempts: [...intent.attempts, await this.#sign(intent, fees, signal)] };
    await this.#deps.store.put(next);
    return next;
  }

  /** `sent`: the node has it; `unknown`: nobody knows, send again; `nonce-used`: this nonce is mined. Throws when refused for good. */
  async #send(intent: TxIntent, signal: AbortSignal): Promise<"sent" | "unknown" | "nonce-used"> {
    const { rpc, logger } = this.#deps;
    try {
      await rpc.call("eth_sendRawTransaction", [lastAttempt(intent).raw], signal);
      return "sent";
    } catch (error) {
      if (signal.aborted) throw error;
      const text = errorText(error);
      if (/already known|already imported|known transaction/i.test(text)) return "sent";
      if (/nonce too low|nonce is too low/i.test(text)) return "nonce-used";
      if (hasErrorCode(error, "rpc_error") && refusedForGood.test(text) && intent.attempts.length === 1) {
        const used = await this.#findMined(intent, signal);
        if (used !== undefined) return "sent";
        await this.#abandon(intent);
        throw error;
      }
      logger.debug("transaction could not be handed over, will try again", { id: intent.id, error: text });
      return "unknown";
    }
  }

  /**
   * A node said that the nonce is used: by one of our attempts (false: its receipt is there), by nobody (true: the node was behind
   * or in the middle of a reorganization), or by a stranger with our key: then the intent is abandoned and this rejects.
   */
  async #isNonceFree(intent: TxIntent, signal: AbortSignal): Promise<boolean> {
    const { receiptPollMs, timeoutMs } = this.#options;
    // while nodes change their chain they can know of its effect and not of its receipt
    const looks = intent.mined !== undefined ? Math.ceil(timeoutMs / receiptPollMs) : 5;
    for (let look = 0; look < looks; look++) {
      if ((await this.#findMined(intent, signal)) !== undefined) return false;
      if ((await this.#transactionCount("latest", signal)) <= intent.nonce) return true;
      await this.#deps.clock.sleep(receiptPollMs, signal);
    }
    await this.#abandon(intent);
    throw new LpError({
      code: "tx_nonce_taken",
      message: `nonce ${intent.nonce} of ${this.address} was used by a transaction that this node did not send: let only one program send from this account, then try again`,
      details: { id: intent.id, nonce: intent.nonce },
      retryable: true,
    });
  }

  /** It can never be mined: its effect may be tried again with another nonce. */
  #abandon(intent: TxIntent): Promise<void> {
    return this.#deps.store.put({ ...intent, state: "abandoned", mined: undefined });
  }

  async #findMined(intent: TxIntent, signal: AbortSignal): Promise<MinedTx | undefined> {
    for (const attempt of [...intent.attempts].reverse()) {
      try {
        const answer = await this.#deps.rpc.call("eth_getTransactionReceipt", [attempt.hash], signal);
        if (answer !== null && answer !== undefined) return parseReceipt(answer);
      } catch (error) {
        if (signal.aborted || !(error instanceof LpError) || !error.retryable) throw error;
        return undefined; // the node is away: look again later
      }
    }
    return undefined;
  }

  async #markMined(intent: TxIntent, mined: MinedTx): Promise<TxIntent> {
    const { hash, blockNumber, blockHash, success, gasUsed } = mined;
    const next: TxIntent = { ...intent, state: "mined", mined: { hash, blockNumber, blockHash, success, gasUsed } };
    await this.#deps.store.put(next);
    this.#deps.metrics.count("livepeer_tx_mined_total", { success: String(success) });
    this.#deps.logger.info("transaction mined", { id: intent.id, hash, block: blockNumber, success });
    return next;
  }

  /** Waits until the intent is `confirmations` blocks deep (its own block counts), sending again after a reorganization. */
  async #confirmed(start: TxIntent, confirmations: number, signal: AbortSignal): Promise<TxResult> {
    let intent = start;
    for (;;) {
      let mined = await this.#findMined(intent, signal);
      if (mined === undefined) {
        // reorganized out, or the node is away: `#settle` finds out which
        const lost = intent;
        intent = await this.#locked(() => this.#settle({ ...lost, state: "sending" }, signal));
        mined = await this.#findMined(intent, signal);
        if (mined === undefined) continue;
      }
      const head = confirmations <= 1 ? undefined : await this.#headNumber(signal);
      if (confirmations <= 1 || (head !== undefined && head - mined.blockNumber + 1n >= BigInt(confirmations))) {
        if (!mined.success) {
          await this.#deps.store.put({ ...intent, state: "final" });
          throw new LpError({
            code: "tx_failed",
            message: txErrorText.failed(mined.hash),
            details: { id: intent.id, hash: mined.hash, gasUsed: mined.gasUsed.toString() },
          });
        }
        const { hash, blockNumber, blockHash, gasUsed, logs } = mined;
        return { hash, blockNumber, blockHash, gasUsed, logs };
      }
      await this.#deps.clock.sleep(this.#options.receiptPollMs, signal);
    }
  }

  async #headNumber(signal: AbortSignal): Promise<bigint | undefined> {
    try {
      return (await this.#deps.reader.header("latest", signal))?.number;
    } catch (error) {
      if (signal.aborted || !(error instanceof LpError) || !error.retryable) throw error;
      return undefined;
    }
  }

  /** Looks after mined transactions until they are deep enough; the ones that vanished are sent again. */
  async #guard(signal: AbortSignal): Promise<void> {
    const { store, logger } = this.#deps;
    try {
      const unsettled = await store.unsettled(this.address);
      if (!unsettled.some(({ mined }) => mined !== undefined)) return;
      const head = await this.#headNumber(signal);
      if (head === undefined) return;
      for (const intent of unsettled) {
        if (intent.mined === undefined || this.#running.has(intent.id)) continue;
        if (intent.state === "sending") {
          await this.#resend(intent, signal);
        } else if (head - intent.mined.blockNumber + 1n >= BigInt(this.#options.finalDepth)) {
          const there = await this.#findMined(intent, signal);
          if (there !== undefined) await store.put({ ...intent, state: "final" });
          else await this.#resend(intent, signal);
        } else if ((await this.#blockHashOf(intent, signal)) === "gone") {
          await this.#resend(intent, signal);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const isOutage = error instanceof LpError && error.code.startsWith("rpc_");
      logger[isOutage ? "debug" : "warn"]("transactions could not be looked after", { error: errorText(error) });
    }
  }

  async #blockHashOf(intent: TxIntent, signal: AbortSignal): Promise<"there" | "gone"> {
    const block = await this.#deps.reader.header((intent.mined as { blockNumber: bigint }).blockNumber, signal);
    if (block?.hash === intent.mined?.blockHash) return "there";
    const mined = await this.#findMined(intent, signal);
    if (mined === undefined) return "gone";
    await this.#markMined(intent, mined); // same transaction, other block
    return "there";
  }

  /** Rejects when that fails; the next look tries again, unless a stranger used the nonce. */
  async #resend(intent: TxIntent, signal: AbortSignal): Promise<void> {
    await this.#track(
      intent.id,
      this.#locked(() => this.#settleAgain(intent, signal)),
    );
  }

  /** Brings a transaction that a reorganization took out back onto the chain. */
  async #settleAgain(intent: TxIntent, signal: AbortSignal): Promise<TxIntent> {
    const back: TxIntent = { ...intent, state: "sending" };
    if (intent.state !== "sending") {
      const { id, nonce } = intent;
      this.#deps.metrics.count("livepeer_tx_reorganized_total");
      this.#deps.logger.warn("transaction was reorganized out, sending it again", { id, nonce });
      await this.#deps.store.put(back);
    }
    return this.#settle(back, signal);
  }
}

function lastAttempt(intent: TxIntent): TxAttempt {
  return intent.attempts[intent.attempts.length - 1] as TxAttempt;
}

/** Hash under which an intent is known; the mined one, else the last sent. */
export function intentHash(intent: TxIntent): Hash32 {
  return intent.mined?.hash ?? lastAttempt(intent).hash;
}
