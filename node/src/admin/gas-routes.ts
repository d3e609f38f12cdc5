import { errorText } from "@livepeer-ts/kernel";
import { badRequest, doneAnswer, textAnswer } from "./admin-answer.ts";
import { type AdminRoute, required } from "./admin-route.ts";
import { parseAmount } from "./go-values.ts";
import { chainOf } from "./transact-route.ts";

const group = "Gas price";
const change = { group, scope: "transact", result: "nothing", needsChain: true } as const;
const look = { group, scope: "read", params: [], result: "text", needsChain: true } as const;

/** What transactions may cost, and what readings are believed. */
export const gasRoutes: readonly AdminRoute[] = [
  {
    ...change,
    path: "/setMaxGasPrice",
    summary: "Sets the highest gas price that is paid.",
    params: [required("amount", "wei; 0: any")],
    handle: (call) => {
      chainOf(call).transactions.maxGasPriceWei = weiParam("Parsing failed for price", call.param("amount"));
      return doneAnswer;
    },
  },
  {
    ...change,
    path: "/setMinGasPrice",
    summary: "Sets the lowest gas price that is believed.",
    params: [required("minGasPrice", "wei")],
    handle: (call) => {
      chainOf(call).gas.minGasPriceWei = weiParam("invalid minGasPrice", call.param("minGasPrice"));
      return doneAnswer;
    },
  },
  {
    ...look,
    path: "/maxGasPrice",
    summary: "The highest gas price that is paid, wei; empty: any.",
    handle: (call) => {
      const { maxGasPriceWei } = chainOf(call).transactions;
      return textAnswer(maxGasPriceWei === 0n ? "" : String(maxGasPriceWei));
    },
  },
  {
    ...look,
    path: "/minGasPrice",
    summary: "The lowest gas price that is believed, wei.",
    handle: (call) => textAnswer(String(chainOf(call).gas.minGasPriceWei)),
  },
];

function weiParam(refusal: string, text: string): bigint {
  try {
    return parseAmount(text);
  } catch (error) {
    throw badRequest(`${refusal}: ${errorText(error)}`);
  }
}
