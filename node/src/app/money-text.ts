import { formatDecimal, rational, weiPerEther } from "@livepeer-ts/kernel";
import type { ListedApp } from "./listed-apps.ts";

/** Wei as ether, exactly; says so where nobody knows the fee. */
export function feeText(wei: string | undefined): string {
  return wei === undefined ? "fee not known" : inEther(BigInt(wei));
}

/** A price as a gateway lists it. */
export function priceText(price: ListedApp["price_info"]): string {
  if (price === undefined) return "free";
  const unit = { fixed: "a call", seconds: "a second" }[price.unit] ?? price.unit;
  return `${inEther(BigInt(Math.round(price.price)))} ${unit}`;
}

function inEther(wei: bigint): string {
  return `${formatDecimal(rational(wei, weiPerEther), 18).replace(/\.?0+$/, "")} ETH`;
}
