import { LpError } from "@livepeer-ts/kernel";
import { txErrorText } from "../wire/tx-errors.ts";

/** What a transaction offers per gas, wei. */
export type TxFees = {
  readonly type: "eip1559" | "legacy";
  /** Fee cap; the gas price of a legacy transaction. */
  readonly maxFeePerGasWei: bigint;
  /** 0 for a legacy transaction. */
  readonly maxPriorityFeePerGasWei: bigint;
};

/** What the chain says about fees. */
export type FeeMarket = {
  /** Undefined on chains before EIP-1559. */
  readonly baseFeeWei: bigint | undefined;
  readonly gasPriceWei: bigint;
  /** Suggested tip; undefined when the node has no suggestion. */
  readonly suggestedTipWei: bigint | undefined;
};

/**
 * Fees of a first attempt: fee cap 2 × base fee + tip; with a maximum (0 = none) the cap is the smaller of the maximum and
 * 2 × base fee. The tip never exceeds the cap: some nodes suggest tips far above their base fee.
 * Throws `gas_price_too_high` when the base fee alone is above the maximum.
 */
export function firstFees(market: FeeMarket, maxGasPriceWei: bigint): TxFees {
  const { baseFeeWei, gasPriceWei } = market;
  if (baseFeeWei === undefined) {
    checkMaximum(gasPriceWei, maxGasPriceWei);
    return { type: "legacy", maxFeePerGasWei: gasPriceWei, maxPriorityFeePerGasWei: 0n };
  }
  checkMaximum(baseFeeWei, maxGasPriceWei);
  const aboveBase = gasPriceWei > baseFeeWei ? gasPriceWei - baseFeeWei : 0n;
  const tip = market.suggestedTipWei ?? aboveBase;
  const doubled = 2n * baseFeeWei;
  const cap =
    maxGasPriceWei === 0n ? doubled + tip : doubled > 0n && doubled < maxGasPriceWei ? doubled : maxGasPriceWei;
  return { type: "eip1559", maxFeePerGasWei: cap, maxPriorityFeePerGasWei: tip < cap ? tip : cap };
}

function checkMaximum(currentWei: bigint, maxWei: bigint): void {
  if (maxWei > 0n && currentWei > maxWei) {
    throw new LpError({
      code: "gas_price_too_high",
      message: txErrorText.gasPriceTooHigh(maxWei, currentWei),
      retryable: true,
    });
  }
}

function bumped(value: bigint): bigint {
  return (value * 111n + 99n) / 100n;
}

/** Fees of a replacement: each figure times 1.11, rounded up. */
export function replacementFees(fees: TxFees): TxFees {
  return {
    type: fees.type,
    maxFeePerGasWei: bumped(fees.maxFeePerGasWei),
    maxPriorityFeePerGasWei: bumped(fees.maxPriorityFeePerGasWei),
  };
}

/** The figure of a replacement that is compared with the maximum gas price. */
export function effectiveGasPrice(fees: TxFees): bigint {
  if (fees.type === "legacy") return fees.maxFeePerGasWei;
  const { maxFeePerGasWei: cap, maxPriorityFeePerGasWei: tip } = fees;
  return (cap - tip) / 2n + tip;
}

/** Replacement fees within the maximum (0 = none). Throws `replacement_too_expensive`. */
export function checkedReplacementFees(fees: TxFees, maxGasPriceWei: bigint): TxFees {
  const next = replacementFees(fees);
  const suggested = effectiveGasPrice(next);
  if (maxGasPriceWei > 0n && suggested > maxGasPriceWei) {
    throw new LpError({
      code: "replacement_too_expensive",
      message: txErrorText.replacementTooExpensive(suggested, maxGasPriceWei),
      retryable: true,
    });
  }
  return next;
}
