import { type CapabilityPrice, maxPriceOfApp, maxPriceOfJob, type PriceFlag } from "@livepeer-ts/economics";
import type { Capabilities, WeiUnit } from "@livepeer-ts/execution";
import type { Metrics, Rational } from "@livepeer-ts/kernel";
import type { MaxPrices } from "../flags/node-config.ts";
import type { CurrencyRates } from "./currency-rates.ts";

/** The highest prices that a gateway pays, as its operator wrote them, at the rates of now. */
export class MaxPriceSettings {
  readonly #rates: CurrencyRates;
  readonly #metrics: Metrics;
  #prices: MaxPrices;

  /** The rates must have what the prices need. */
  constructor(prices: MaxPrices, { rates, metrics }: { readonly rates: CurrencyRates; readonly metrics: Metrics }) {
    this.#prices = prices;
    this.#rates = rates;
    this.#metrics = metrics;
    this.#show();
  }

  /** Wei per pixel of transcoding; undefined: any. */
  get base(): Rational | undefined {
    const { base } = this.#prices;
    return base === undefined ? undefined : this.#rates.weiPerPixel(base);
  }

  /** Sets the price of transcoding; undefined: any. Rejects when its currency has no rate; nothing is changed then. */
  async setBase(price: PriceFlag | undefined): Promise<void> {
    if (price !== undefined) await this.#rates.require(price.currency);
    this.#prices = { ...this.#prices, base: price };
    this.#show();
  }

  /** The highest price as `transcoding_price`, as gateways have always shown it. */
  #show(): void {
    const { base } = this;
    if (base === undefined) return;
    this.#metrics.gauge("livepeer_transcoding_price", Number(base.num) / Number(base.den), { sender: "default" });
  }

  /** Sets the price of one model of a capability (`default`: of all without one). Rejects like `setBase`. */
  async setForCapability(capability: number, modelId: string, price: PriceFlag): Promise<void> {
    await this.#rates.require(price.currency);
    const others = this.#prices.perCapability.filter(
      (entry) => entry.capability !== capability || entry.modelId !== modelId,
    );
    this.#prices = { ...this.#prices, perCapability: [...others, { capability, modelId, price }] };
  }

  /** Wei per unit of a job; undefined: any. */
  maxPriceOf(capabilities: Capabilities): Rational | undefined {
    return maxPriceOfJob(capabilities, this.#perCapability(), this.base);
  }

  /** Wei per unit of an app's price; undefined: any. */
  maxPriceOfApp(app: string, unit: WeiUnit): Rational | undefined {
    return maxPriceOfApp(app, unit, this.#perCapability(), this.base);
  }

  #perCapability(): readonly CapabilityPrice[] {
    return this.#prices.perCapability.map(({ capability, modelId, price }) => ({
      capability,
      constraint: modelId,
      price: this.#rates.weiPerPixel(price),
    }));
  }
}

/** All prices of the flags, for the currencies they are in. */
export function pricesIn({ base, perCapability }: MaxPrices): readonly PriceFlag[] {
  return [...(base === undefined ? [] : [base]), ...perCapability.map(({ price }) => price)];
}
