import { fixedCurrencyRate, PriceFeed, type PriceFlag, pricePerPixel } from "@livepeer-ts/economics";
import { type Clock, errorText, type Logger, LpError, type Rational, type TaskOwner } from "@livepeer-ts/kernel";
import type { ChainReader } from "@livepeer-ts/protocol";
import type { ChainConfig } from "../flags/node-config.ts";

export type CurrencyRatesDeps = { readonly reader: ChainReader; readonly clock: Clock; readonly logger: Logger };

type OpenFeed = (currency: string) => Promise<PriceFeed>;

/** Prices of the operator in wei, now: other currencies by the feed on the chain, read when the first price needs it. */
export class CurrencyRates {
  readonly #feeds = new Map<string, PriceFeed>();
  readonly #open: OpenFeed | undefined;

  private constructor(open: OpenFeed | undefined) {
    this.#open = open;
  }

  /** Rates that never change: wei and ether. */
  static readonly fixed = new CurrencyRates(undefined);

  /** Starts what the prices need. Rejects with `price_feed_…` and the flag to look at. */
  static async start(
    prices: readonly PriceFlag[],
    config: ChainConfig,
    deps: CurrencyRatesDeps,
    owner: TaskOwner,
  ): Promise<CurrencyRates> {
    const rates = new CurrencyRates(async (currency) => {
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
      return feed;
    });
    for (const { currency } of prices) await rates.require(currency);
    return rates;
  }

  /** Makes sure that there is a rate. Rejects with `price_feed_missing` without a chain, `price_feed_unusable`. */
  async require(currency: string): Promise<void> {
    if (fixedCurrencyRate(currency) !== undefined || this.#feeds.has(currency)) return;
    if (this.#open === undefined)
      throw new LpError({ code: "price_feed_missing", message: "PriceFeedWatcher is not initialized" });
    this.#feeds.set(currency, await this.#open(currency));
  }

  /** Wei for one of the currency; undefined where nobody asked for it by `require`. */
  weiPerUnit(currency: string): Rational | undefined {
    return fixedCurrencyRate(currency) ?? this.#feeds.get(currency)?.weiPerUnit;
  }

  /** True when rates may change. */
  get isLive(): boolean {
    return this.#feeds.size > 0;
  }

  /** Wei per pixel. */
  weiPerPixel(price: PriceFlag): Rational {
    const rate = this.weiPerUnit(price.currency);
    if (rate === undefined)
      throw new LpError({ code: "price_feed_currency", message: `there is no rate for ${price.currency}` });
    return pricePerPixel(price, rate);
  }
}
