import type { ReceiptIssuer, SignedReceipt, WorkDone } from "@livepeer-ts/execution";
import {
  type Address,
  bigEndianToBigInt,
  type Clock,
  type Hash32,
  type Random,
  toHex,
  zeroHash,
} from "@livepeer-ts/kernel";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import {
  encodeReceipt,
  type Receipt,
  type ReceiptDomain,
  receiptDigest,
  receiptHash,
  receiptSession,
  transcodeParamsHash,
} from "./receipt.ts";

export type ReceiptIssuerOptions = {
  readonly domain: ReceiptDomain;
  /** Sessions whose counters are kept in memory. Default 10000. */
  readonly maxSessions?: number;
};

export type ReceiptIssuerDeps = {
  readonly signer: { readonly address: Address; signDigest(digest: Uint8Array): Uint8Array };
  readonly store: ReceiptStore;
  readonly clock: Clock;
  readonly random: Random;
  /** The current round. */
  readonly round: () => bigint;
};

type Counter = { next: bigint; prev: Hash32; queue: Promise<unknown> };

/** Signs receipts. Each process start has an epoch of its own, so a lost counter can never make two receipts of one number. */
class DurableReceiptIssuer implements ReceiptIssuer {
  readonly #epoch: bigint;
  readonly #options: ReceiptIssuerOptions;
  readonly #deps: ReceiptIssuerDeps;
  readonly #counters = new Map<Hash32, Counter>();

  constructor(epoch: bigint, options: ReceiptIssuerOptions, deps: ReceiptIssuerDeps) {
    this.#epoch = epoch;
    this.#options = options;
    this.#deps = deps;
  }

  async issue(work: WorkDone): Promise<SignedReceipt> {
    const session = receiptSession(work.sessionId, work.manifestId, work.gateway);
    const counter = await this.#counter(session);
    // one after the other within a session: each names the one before
    const run = counter.queue.then(() => this.#sign(work, session, counter));
    counter.queue = run.catch(() => undefined);
    return run;
  }

  async #sign(work: WorkDone, session: Hash32, counter: Counter): Promise<SignedReceipt> {
    const receipt: Receipt = {
      orchestrator: this.#deps.signer.address,
      session,
      epoch: this.#epoch,
      index: counter.next,
      sourceHash: work.sourceHash,
      paramsHash: transcodeParamsHash(work.profiles),
      resultsHash: work.resultsHash,
      sourceFramesRoot: zeroHash,
      pixelCount: work.pixelCount,
      round: this.#deps.round(),
      prev: counter.prev,
    };
    const hash = receiptHash(receipt);
    const signature = this.#deps.signer.signDigest(receiptDigest(hash, this.#options.domain));
    const encoded = encodeReceipt(receipt);
    // The number is spent before the store is asked: when storing fails half-way, it must not be used for other work.
    counter.next++;
    await this.#deps.store.append({
      side: "issued",
      orchestrator: receipt.orchestrator,
      session,
      epoch: this.#epoch,
      index: receipt.index,
      hash,
      encoded,
      signature,
      storedAt: this.#deps.clock.now(),
    });
    counter.prev = hash;
    return { hash, header: Buffer.from(encoded).toString("base64"), signatureHeader: toHex(signature) };
  }

  async #counter(session: Hash32): Promise<Counter> {
    const known = this.#counters.get(session);
    if (known !== undefined) {
      this.#counters.delete(session);
      this.#counters.set(session, known);
      return known;
    }
    const last = await this.#deps.store.last({
      side: "issued",
      orchestrator: this.#deps.signer.address,
      session,
      epoch: this.#epoch,
    });
    const raced = this.#counters.get(session);
    if (raced !== undefined) return raced;
    if (this.#counters.size >= (this.#options.maxSessions ?? 10_000)) {
      const oldest = this.#counters.keys().next().value;
      if (oldest !== undefined) this.#counters.delete(oldest);
    }
    const counter: Counter = {
      next: last === undefined ? 0n : last.index + 1n,
      prev: last?.hash ?? zeroHash,
      queue: Promise.resolve(),
    };
    this.#counters.set(session, counter);
    return counter;
  }
}

/** An issuer with a fresh epoch, remembered before the first receipt. */
export async function createReceiptIssuer(
  options: ReceiptIssuerOptions,
  deps: ReceiptIssuerDeps,
): Promise<ReceiptIssuer> {
  const epoch = BigInt.asUintN(63, bigEndianToBigInt(deps.random.bytes(8)));
  await deps.store.startEpoch(deps.signer.address, epoch, deps.clock.now());
  return new DurableReceiptIssuer(epoch, options, deps);
}
