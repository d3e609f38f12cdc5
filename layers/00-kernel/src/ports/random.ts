/** Randomness as the roles see it. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform integer in [0, 2^32). */
  u32(): number;
  /** Uniform number in [0, 1). */
  unit(): number;
  /** A generator that depends on this one's seed and the label, never on how much was drawn before. */
  fork(label: string): Random;
}
