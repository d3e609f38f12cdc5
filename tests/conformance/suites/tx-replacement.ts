import { priceFeedAnswer } from "@livepeer-ts/economics";
import { formatRational, toAddress } from "@livepeer-ts/kernel";
import { effectiveGasPrice, replacementFees, signTransaction, type TxFees } from "@livepeer-ts/protocol";
import { parseTransaction } from "viem";
import { type Fields, integer, number, object, sameFields } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

/** The transaction that the recorded replacements started from. */
const original = {
  chainId: 1n,
  nonce: 3,
  to: toAddress(`0x${"11".repeat(20)}`),
  data: "0x" as const,
  valueWei: 0n,
  gasLimit: 21_000n,
};
const key = new Uint8Array(32).fill(1);

function replace(testCase: Fields, type: TxFees["type"]) {
  const fees = replacementFees(
    type === "legacy"
      ? { type, maxFeePerGasWei: integer(testCase, "gasPrice"), maxPriorityFeePerGasWei: 0n }
      : {
          type,
          maxFeePerGasWei: integer(testCase, "gasFeeCap"),
          maxPriorityFeePerGasWei: integer(testCase, "gasTipCap"),
        },
  );
  const sent = parseTransaction(signTransaction({ ...original, fees }, key).raw);
  return {
    nonce: sent.nonce,
    gasPrice: sent.gasPrice ?? 0n,
    gasFeeCap: sent.maxFeePerGas ?? 0n,
    gasTipCap: sent.maxPriorityFeePerGas ?? 0n,
    effectiveGasPriceForCap: effectiveGasPrice(fees),
  };
}

export const suite: ConformanceSuite = (testCase) => {
  const expected = object(testCase, "expected");
  if (testCase["type"] === "price-feed") {
    const price = priceFeedAnswer(integer(testCase, "answer"), number(testCase, "decimals"));
    return { expected, got: sameFields(expected, { price: formatRational(price) }) };
  }
  return {
    expected,
    got: sameFields(expected, replace(testCase, testCase["type"] === "legacy" ? "legacy" : "eip1559")),
  };
};
