import { PriceBook, type PriceFlag } from "@livepeer-ts/economics";
import type { Address } from "@livepeer-ts/kernel";
import type { CurrencyRates } from "./currency-rates.ts";

/** What an orchestrator asks for, as its operator wrote it; the book holds the same in wei, at the rates of now. */
export class OperatorPrices {
  readonly book: PriceBook;
  readonly #rates: CurrencyRates;
  readonly #perGateway: Map<Address, PriceFlag>;
  #base: PriceFlag;

  /** The rates must have what the prices need. */
  constructor(base: PriceFlag, perGateway: ReadonlyMap<Address, PriceFlag>, rates: CurrencyRates) {
    this.#base = base;
    this.#perGateway = new Map(perGateway);
    this.#rates = rates;
    this.book = new PriceBook(rates.weiPerPixel(base));
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
    this.book.setBase(this.#rates.weiPerPixel(this.#base));
    for (const [gateway, price] of this.#perGateway) this.book.setForGateway(gateway, this.#rates.weiPerPixel(price));
  }
}
