/** What a signer has signed per day. Durable when its method resolves. */
export interface SpendStore {
  /**
   * Adds `wei` to the day (`YYYY-MM-DD`, UTC) unless the sum would exceed `maxWei` (0 = any). Resolves with the sum that it makes
   * and whether it was added.
   */
  add(day: string, wei: bigint, maxWei: bigint): Promise<{ readonly isAdded: boolean; readonly sumWei: bigint }>;
}
