import type { AiCapabilityOffer, AiPipeline } from "@livepeer-ts/sdk";

/** How prices are told: so many of the pipeline's units. */
const told = { pixel: 1_000_000n, second: 1n, token: 1000n, character: 1000n } as const satisfies Record<
  AiPipeline["unit"]["name"],
  bigint
>;

/** Wei for as much as prices are told for, rounded up to whole wei; null where nothing is asked. */
export function toldPrice(pricePerUnit: string | null, { unit }: Pick<AiPipeline, "unit">): bigint | null {
  if (pricePerUnit === null) return null;
  const [num = "0", den = "1"] = pricePerUnit.split("/");
  const units = told[unit.name] * BigInt(unit.count);
  return (units * BigInt(num) + BigInt(den) - 1n) / BigInt(den);
}

/** The lowest price of some offers; null where somebody asks nothing, undefined without offers. */
export function lowestPrice(
  offers: readonly AiCapabilityOffer[],
  pipeline: Pick<AiPipeline, "unit">,
): bigint | null | undefined {
  const prices = offers.map(({ pricePerUnit }) => toldPrice(pricePerUnit, pipeline));
  if (prices.includes(null)) return null;
  return (prices as bigint[]).reduce<bigint | undefined>(
    (least, price) => (least === undefined || price < least ? price : least),
    undefined,
  );
}
