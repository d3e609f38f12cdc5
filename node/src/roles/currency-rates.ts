import { fixedCurrencyRate, PriceFeed, type PriceFlag, pricePerPixel } from "@livepeer-ts/economics";
import { type Clock, errorText, type Logger, LpError, type Rational, type TaskOwner } from "@livepeer-ts/kernel";
import type { ChainReader } from "@livepeer-ts/protocol";
import type { ChainConfig } from "../flags/node-config.ts";

export type CurrencyRatesDeps = { readonly reader: ChainReader; readonly clock: Clock; readonly logger: Logger };

/** Prices of the flags in wei, now: other currencies by the feed on the chain, read when the first price needs it. */
export class CurrencyRates {
  readonly #feeds: ReadonlyMap<string, PriceFeed>;

  private constructor(feeds: ReadonlyMap<string, PriceFeed>) {
    this.#feeds = feeds;
  }

  /** Rates that never change: wei and ether. */
  static readonly fixed = new CurrencyRates(new Map());

  /** Starts what the prices need. Rejects with `price_feed_…` and the flag to look at. */
  static async start(
    prices: readonly PriceFlag[],
    config: ChainConfig,
    deps: CurrencyRatesDeps,
    owner: TaskOwner,
  ): Promise<CurrencyRates> {
    const feeds = new Map<string, PriceFeed>();
    for (const { currency } of prices) {
      if (fixedCurrencyRate(currency) !== undefined || feeds.has(currency)) continue;
      const feed = new PriceFeed({ feed: config.priceFeed, currency }, deps);
      try {
        await feed.start(owner);
      } catch (cause) {
        throw new LpError({
          code: "price_feed_unusable",
          message: `prices in ${currency} need the feed at ${config.priceFeed}, which cannot be used (${errorText(cause)}): check -priceFeedAddr, or give prices in wei or eth`,
          cause,
        });
      }
      feeds.set(currency, feed);
    }
    return new CurrencyRates(feeds);
  }

  /** True when rates may change. */
  get isLive(): boolean {
    return this.#feeds.size > 0;
  }

  /** Wei per pixel. */
  weiPerPixel(price: PriceFlag): Rational {
    const rate = fixedCurrencyRate(price.currency) ?? this.#feeds.get(price.currency)?.weiPerUnit;
    if (rate === undefined)
      throw new LpError({ code: "price_feed_currency", message: `there is no rate for ${price.currency}` });
    return pricePerPixel(price, rate);
  }
}
