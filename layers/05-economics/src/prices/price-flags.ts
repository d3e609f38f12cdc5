import {
  type Address,
  divRational,
  LpError,
  mulRational,
  parseRational,
  type Rational,
  rational,
  toAddress,
  weiPerEther,
} from "@livepeer-ts/kernel";

/** A price as an operator writes it. */
export type PriceFlag = {
  /** Amount per unit, in `currency`. */
  readonly amount: Rational;
  /** Upper case; empty = wei. */
  readonly currency: string;
  readonly pixelsPerUnit: Rational;
};

function bad(flag: string, why: string): LpError {
  return new LpError({ code: "bad_price_flag", message: `${flag}: ${why}`, details: { flag } });
}

/** Powers of ten that a price may be written with. */
const maxExponent = 64;

/** The amount of `1.9e-08` as an exact fraction. */
function amountOf(digits: string, exponent: number): Rational {
  const power = rational(10n ** BigInt(Math.abs(exponent)));
  const amount = parseRational(digits);
  return exponent < 0 ? divRational(amount, power) : mulRational(amount, power);
}

/** Reads `-pricePerUnit` (`1000`, `0.5`, `1.9e-08`, `0.0001USD`, `2eth`) and `-pixelsPerUnit`. Throws `bad_price_flag`. */
export function parsePriceFlag(pricePerUnit: string, pixelsPerUnit = "1", flag = "-pricePerUnit"): PriceFlag {
  const match = /^(\d+(?:\.\d+)?)(?:[eE]([+-]?\d{1,3}))?([A-Za-z][A-Za-z0-9]*)?$/.exec(pricePerUnit.trim());
  const exponent = Number(match?.[2] ?? 0);
  if (match === null || Math.abs(exponent) > maxExponent) {
    throw bad(
      flag,
      `"${pricePerUnit.slice(0, 40)}" is not a price: write a number that is not negative, with or without a currency, such as 1200 or 0.05USD`,
    );
  }
  if (!/^\d+(\.\d+)?$/.test(pixelsPerUnit.trim()) || parseRational(pixelsPerUnit.trim()).num === 0n) {
    throw bad("-pixelsPerUnit", `"${pixelsPerUnit.slice(0, 40)}" is not a number of pixels: write a number above 0`);
  }
  return {
    amount: amountOf(match[1] as string, exponent),
    currency: (match[3] ?? "").toUpperCase(),
    pixelsPerUnit: parseRational(pixelsPerUnit.trim()),
  };
}

/** Wei per unit of a currency that needs no feed; undefined for the others. */
export function fixedCurrencyRate(currency: string): Rational | undefined {
  if (currency === "" || currency === "WEI") return rational(1n);
  if (currency === "ETH") return rational(weiPerEther);
  return undefined;
}

/** Price per pixel in wei, given the wei that one unit of its currency is worth. */
export function pricePerPixel(flag: PriceFlag, weiPerCurrencyUnit: Rational): Rational {
  return divRational(mulRational(flag.amount, weiPerCurrencyUnit), flag.pixelsPerUnit);
}

/** Reads `-pricePerGateway` (or the old `-pricePerBroadcaster`): a price for each gateway account. Throws `bad_price_flag`. */
export function parsePricePerGateway(json: string): ReadonlyMap<Address, PriceFlag> {
  const flag = "-pricePerGateway";
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw bad(
      flag,
      'this is not JSON: write {"gateways":[{"ethaddress":"0x…","priceperunit":1000,"pixelsperunit":1}]}',
    );
  }
  const root = (parsed ?? {}) as { gateways?: unknown; broadcasters?: unknown };
  const list = root.gateways ?? root.broadcasters;
  if (!Array.isArray(list)) throw bad(flag, 'there is no list "gateways"');
  const prices = new Map<Address, PriceFlag>();
  for (const item of list as (Record<string, unknown> | null)[]) {
    const text = (name: string) => {
      const value = item?.[name];
      return typeof value === "number" || typeof value === "string" ? String(value) : undefined;
    };
    const address = text("ethaddress");
    const price = text("priceperunit");
    if (address === undefined || price === undefined) throw bad(flag, "an entry lacks ethaddress or priceperunit");
    prices.set(
      toAddress(address),
      parsePriceFlag(`${price}${text("currency") ?? ""}`, text("pixelsperunit") ?? "1", flag),
    );
  }
  return prices;
}
