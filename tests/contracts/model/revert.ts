/** A call that the contracts refuse: nothing of it happens. */
export class Revert extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Refuses with a text unless the condition holds. */
export function check(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new Revert(reason);
}

/** a − b; amounts are never negative. */
export function minus(a: bigint, b: bigint): bigint {
  if (b > a) throw new Revert("panic: 0x11");
  return a - b;
}

/** A divisor, which may not be 0. */
export function divisor(value: bigint): bigint {
  if (value === 0n) throw new Revert("panic: 0x12");
  return value;
}
