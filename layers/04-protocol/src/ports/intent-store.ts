import type { Address, Hash32, Hex } from "@livepeer-ts/kernel";

/** One signed form of a transaction; a replacement adds another. */
export type TxAttempt = {
  readonly hash: Hash32;
  /** The signed transaction, ready for `eth_sendRawTransaction`. */
  readonly raw: Hex;
  /** 0 for a legacy transaction, which uses `maxFeePerGasWei` as its gas price. */
  readonly maxPriorityFeePerGasWei: bigint;
  readonly maxFeePerGasWei: bigint;
  /** Wall time in ms when it was signed. */
  readonly signedAt: number;
};

/**
 * Something that must happen on chain exactly once.
 * `sending`: signed, may or may not be on its way. `mined`: seen in a block, not yet deep enough. `final`: deep enough, succeeded or
 * reverted. `abandoned`: it can never be mined (its nonce went to another transaction).
 */
export type TxIntent = {
  /** The caller's name for the effect, for example `redeem:<ticket hash>`; unique per account. */
  readonly id: string;
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  readonly nonce: number;
  /** In order of signing; the last is the current one. */
  readonly attempts: readonly TxAttempt[];
  readonly state: "sending" | "mined" | "final" | "abandoned";
  /** Where it was mined; in `sending`: where it had been before a reorganization took it out. Undefined in `abandoned`. */
  readonly mined:
    | {
        readonly hash: Hash32;
        readonly blockNumber: bigint;
        readonly blockHash: Hash32;
        readonly success: boolean;
        readonly gasUsed: bigint;
      }
    | undefined;
  /** Wall time in ms. */
  readonly createdAt: number;
};

/** Transactions on their way. Every writing method resolves only when its effect is durable. */
export interface IntentStore {
  /** Inserts the intent, or replaces the one with the same account and id. */
  put(intent: TxIntent): Promise<void>;
  get(from: Address, id: string): Promise<TxIntent | undefined>;
  /** Intents of the account whose ids begin with `idPrefix`, newest first, at most `limit`. */
  latest(from: Address, idPrefix: string, limit: number): Promise<readonly TxIntent[]>;
  /** Intents of the account in `sending` or `mined`, by nonce. */
  unsettled(from: Address): Promise<readonly TxIntent[]>;
  /** Removes `final` and `abandoned` intents created before this wall time. Returns how many went. */
  prune(createdBefore: number): Promise<number>;
}
