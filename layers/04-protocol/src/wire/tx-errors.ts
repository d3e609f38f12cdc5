/** Texts of transaction failures that operators and tools match on. */
export const txErrorText = {
  failed: (hash: string) => `transaction failed txHash=${hash}`,
  timedOut: (hash: string) => `timed out waiting for transaction receipt txHash=${hash}`,
  gasPriceTooHigh: (maxWei: bigint, currentWei: bigint) =>
    `current gas price exceeds maximum gas price max=${maxWei} current=${currentWei}`,
  replacementTooExpensive: (suggestedWei: bigint, maxWei: bigint) =>
    `replacement gas price exceeds max gas price suggested=${suggestedWei} max=${maxWei}`,
} as const;
