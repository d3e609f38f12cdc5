/** An amount of the chain's coin or of a token with 18 decimals, in its smallest unit. */
export type Wei = bigint;

export const weiPerEther = 10n ** 18n;
export const weiPerGwei = 10n ** 9n;

/** 2^256 − 1, the denominator of win probabilities. */
export const maxUint256 = (1n << 256n) - 1n;
