import { PriceBook, type PriceFlag } from "@livepeer-ts/economics";
import type { Address, Metrics, Rational } from "@livepeer-ts/kernel";
import type { CurrencyRates } from "./currency-rates.ts";

/** What one model of one capability costs, for everybody or for one gateway. */
export type ModelPrice = {
  readonly capability: number;
  readonly modelId: string;
  /** Undefined: everybody without one of their own. */
  readonly gateway: Address | undefined;
  readonly price: PriceFlag;
};

export type OperatorPricesDeps = {
  /** Must have what the prices need. */
  readonly rates: CurrencyRates;
  readonly metrics: Metrics;
  /** Prices that somebody else names; they go before the operator's. Default: none. */
  readonly quoted?: (gateway: Address) => Rational | undefined;
  /** Prices of models. Default: none, they cost what transcoding does. */
  readonly models?: readonly ModelPrice[];
};

/** What an orchestrator asks for, as its operator wrote it; the book holds the same in wei, at the rates of now. */
export class OperatorPrices {
  readonly book: PriceBook;
  /** The rates that they follow. */
  readonly rates: CurrencyRates;
  readonly #metrics: Metrics;
  readonly #perGateway: Map<Address, PriceFlag>;
  readonly #models: readonly ModelPrice[];
  #base: PriceFlag;

  constructor(base: PriceFlag, perGateway: ReadonlyMap<Address, PriceFlag>, deps: OperatorPricesDeps) {
    this.#base = base;
    this.#perGateway = new Map(perGateway);
    this.rates = deps.rates;
    this.#metrics = deps.metrics;
    this.#models = deps.models ?? [];
    this.book = new PriceBook(deps.rates.weiPerPixel(base), deps.quoted);
    this.reprice();
  }

  /** Sets the price of one gateway, or of everybody without one. Rejects when its currency has no rate; nothing is changed then. */
  async set(gateway: Address | "default", price: PriceFlag): Promise<void> {
    await this.rates.require(price.currency);
    if (gateway === "default") this.#base = price;
    else this.#perGateway.set(gateway, price);
    this.reprice();
  }

  /** Brings the book to the rates of now. */
  reprice(): void {
    const base = this.rates.weiPerPixel(this.#base);
    this.book.setBase(base);
    this.#metrics.gauge("livepeer_transcoding_price", Number(base.num) / Number(base.den), { sender: "default" });
    for (const [gateway, price] of this.#perGateway) this.book.setForGateway(gateway, this.rates.weiPerPixel(price));
    for (const { capability, modelId, gateway, price } of this.#models)
      this.book.setForCapability({ capability, constraint: modelId, price: this.rates.weiPerPixel(price) }, gateway);
  }
}
