/** What bounds the face values of one sender, in wei. */
export type FloatInputs = {
  readonly reserveWei: bigint;
  /** Taken from the reserve by anyone in this round. */
  readonly reserveClaimedWei: bigint;
  /** Orchestrators that share the reserve. */
  readonly poolSize: bigint;
  /** Taken from the reserve by this recipient in this round. */
  readonly claimedByMeWei: bigint;
  readonly depositWei: bigint;
  /** Face values of redemptions under way. */
  readonly pendingWei: bigint;
};

/** This recipient's share of the reserve, wei; 0 without a pool. */
export function reserveAllocation(inputs: Omit<FloatInputs, "depositWei" | "pendingWei">): bigint {
  if (inputs.poolSize === 0n) return 0n;
  return (inputs.reserveWei + inputs.reserveClaimedWei) / inputs.poolSize - inputs.claimedByMeWei;
}

/** A deposit of this many times the pending face values covers them: the reserve stays whole. */
const depositCoverage = 3n;

/** Largest face value that the sender is good for, wei; can be negative. */
export function maxFloat(inputs: FloatInputs): bigint {
  const allocation = reserveAllocation(inputs);
  return coversPending(inputs.depositWei, inputs.pendingWei) ? allocation : allocation - inputs.pendingWei;
}

/** Whether redemptions of this much under way leave the float whole. */
export function coversPending(depositWei: bigint, pendingWei: bigint): boolean {
  return pendingWei === 0n || depositWei >= depositCoverage * pendingWei;
}
