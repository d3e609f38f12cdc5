import { inUnits } from "../cli/units.ts";
import type { ListedApp } from "./listed-apps.ts";

/** Wei as ether, exactly; says so where nobody knows the fee. */
export function feeText(wei: string | undefined): string {
  return wei === undefined ? "fee not known" : inUnits(BigInt(wei), "ETH");
}

/** A price as a gateway lists it. */
export function priceText(price: ListedApp["price_info"]): string {
  if (price === undefined) return "free";
  const unit = { fixed: "a call", seconds: "a second" }[price.unit] ?? price.unit;
  return `${inUnits(BigInt(Math.round(price.price)), "ETH")} ${unit}`;
}
