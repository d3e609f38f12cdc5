import type { Capabilities } from "@livepeer-ts/execution";
import { type Address, addRational, type Rational, zeroRational } from "@livepeer-ts/kernel";

/** A price for one model of one capability. */
export type CapabilityPrice = {
  readonly capability: number;
  /** Model id; `default` stands for every model without its own price. */
  readonly constraint: string;
  readonly price: Rational;
};

/** What an orchestrator asks for, before the cost of redemption is added. Prices are wei per pixel (or unit). */
export class PriceBook {
  #base: Rational;
  readonly #quoted: (gateway: Address) => Rational | undefined;
  readonly #perGateway = new Map<Address, Rational>();
  readonly #perCapability = new Map<string, CapabilityPrice>();
  readonly #perGatewayCapability = new Map<string, CapabilityPrice>();

  /** `quoted`: prices that somebody else names; they go before those of `setForGateway`. */
  constructor(base: Rational, quoted: (gateway: Address) => Rational | undefined = () => undefined) {
    this.#base = base;
    this.#quoted = quoted;
  }

  /** Price for everybody without one of their own. */
  get base(): Rational {
    return this.#base;
  }

  /** Prices of single gateways for transcoding. */
  get perGateway(): ReadonlyMap<Address, Rational> {
    return this.#perGateway;
  }

  setBase(price: Rational): void {
    this.#base = price;
  }

  /** Sets or (undefined) removes the price of one gateway. */
  setForGateway(gateway: Address, price: Rational | undefined): void {
    if (price === undefined) this.#perGateway.delete(gateway);
    else this.#perGateway.set(gateway, price);
  }

  /** Sets the price of a capability and model, for everybody or for one gateway. */
  setForCapability(price: CapabilityPrice, gateway?: Address): void {
    const name = `${price.capability}/${price.constraint}`;
    if (gateway === undefined) this.#perCapability.set(name, price);
    else this.#perGatewayCapability.set(`${gateway}/${name}`, price);
  }

  /** Forgets the price of a capability and model that was set for everybody. */
  removeForCapability(capability: number, constraint: string): void {
    this.#perCapability.delete(`${capability}/${constraint}`);
  }

  /** Price of transcoding for a gateway. */
  forGateway(gateway: Address): Rational {
    return this.#quoted(gateway) ?? this.#perGateway.get(gateway) ?? this.#base;
  }

  /** Price of a job: the sum over its priced models, else the price of transcoding. */
  forJob(gateway: Address, capabilities: Capabilities | undefined): Rational {
    let total = zeroRational;
    let found = false;
    for (const [number, models] of Object.entries(capabilities?.constraints?.PerCapability ?? {})) {
      for (const modelId of Object.keys(models.models)) {
        const price = this.#forModel(gateway, Number(number), modelId);
        if (price === undefined) continue;
        total = addRational(total, price);
        found = true;
      }
    }
    return found ? total : this.forGateway(gateway);
  }

  /** Every priced capability and model as this gateway sees it. */
  listForGateway(gateway: Address): readonly CapabilityPrice[] {
    const own = `${gateway}/`;
    const names = [...this.#perGatewayCapability.keys()].filter((name) => name.startsWith(own));
    const all = new Set([...this.#perCapability.keys(), ...names.map((name) => name.slice(own.length))]);
    return [...all].flatMap(
      (name) => this.#perGatewayCapability.get(`${own}${name}`) ?? this.#perCapability.get(name) ?? [],
    );
  }

  #forModel(gateway: Address, capability: number, modelId: string): Rational | undefined {
    for (const name of [`${capability}/${modelId}`, `${capability}/default`]) {
      const price = this.#perGatewayCapability.get(`${gateway}/${name}`) ?? this.#perCapability.get(name);
      if (price !== undefined) return price.price;
    }
    return undefined;
  }
}
