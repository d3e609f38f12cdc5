/** What a payment adds to the sums of a day. */
export type Spending = {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** Who pays behind the signer; empty: nobody is named. */
  readonly authId: string;
  readonly wei: bigint;
  /** Highest sum of the day, 0 = any. */
  readonly maxDayWei: bigint;
  /** Highest sum of the day for this `authId`, 0 = any. */
  readonly maxIdDayWei: bigint;
};

/** Whether it was added, and which sum would have been too high otherwise. */
export type SpendVerdict = {
  readonly refusedBy: "day" | "idDay" | undefined;
  /** The sum that it makes, or would have made. */
  readonly sumWei: bigint;
};

/** What a signer has signed per day, in all and for each `authId`. Durable when its method resolves. */
export interface SpendStore {
  /** Adds to both sums, or to none when one of them would exceed its ceiling. */
  add(spending: Spending): Promise<SpendVerdict>;
}
