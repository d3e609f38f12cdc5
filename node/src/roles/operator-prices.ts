import { PriceBook, type PriceFlag } from "@livepeer-ts/economics";
import type { Address, Metrics, Rational } from "@livepeer-ts/kernel";
import type { CurrencyRates } from "./currency-rates.ts";

export type OperatorPricesDeps = {
  /** Must have what the prices need. */
  readonly rates: CurrencyRates;
  readonly metrics: Metrics;
  /** Prices that somebody else names; they go before the operator's. Default: none. */
  readonly quoted?: (gateway: Address) => Rational | undefined;
};

/** What an orchestrator asks for, as its operator wrote it; the book holds the same in wei, at the rates of now. */
export class OperatorPrices {
  readonly book: PriceBook;
  readonly #rates: CurrencyRates;
  readonly #metrics: Metrics;
  readonly #perGateway: Map<Address, PriceFlag>;
  #base: PriceFlag;

  constructor(base: PriceFlag, perGateway: ReadonlyMap<Address, PriceFlag>, deps: OperatorPricesDeps) {
    this.#base = base;
    this.#perGateway = new Map(perGateway);
    this.#rates = deps.rates;
    this.#metrics = deps.metrics;
    this.book = new PriceBook(deps.rates.weiPerPixel(base), deps.quoted);
    this.reprice();
  }

  /** Sets the price of one gateway, or of everybody without one. Rejects when its currency has no rate; nothing is changed then. */
  async set(gateway: Address | "default", price: PriceFlag): Promise<void> {
    await this.#rates.require(price.currency);
    if (gateway === "default") this.#base = price;
    else this.#perGateway.set(gateway, price);
    this.reprice();
  }

  /** Brings the book to the rates of now. */
  reprice(): void {
    const base = this.#rates.weiPerPixel(this.#base);
    this.book.setBase(base);
    this.#metrics.gauge("livepeer_transcoding_price", Number(base.num) / Number(base.den), { sender: "default" });
    for (const [gateway, price] of this.#perGateway) this.book.setForGateway(gateway, this.#rates.weiPerPixel(price));
  }
}
