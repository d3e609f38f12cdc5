import { floorRational, LpError, mulRational, type Rational, rational } from "@livepeer-ts/kernel";

/** What others bring: a worker that answers jobs over HTTP. */
export type ExternalCapability = {
  readonly name: string;
  readonly description: string;
  /** Base URL without a trailing slash; never shown. */
  readonly url: string;
  /** Jobs at once. */
  readonly capacity: number;
  /** Whole wei of one second. */
  readonly weiPerSecond: bigint;
  /** What the worker wants to see. */
  readonly token: string | undefined;
};

/** Wei of one unit of a currency, and the price list that gateways read. */
export interface CapabilityPrices {
  /** Rejects with an `LpError` when nobody knows the currency. */
  weiPerUnit(currency: string): Promise<Rational>;
  /** Wei per second; undefined: it is gone. */
  set(name: string, weiPerSecond: bigint | undefined): void;
}

/** Capabilities at once. */
const maxCapabilities = 1000;
const maxTextLength = 2048;

/** A place at a worker, until it is given back. */
export type Place = { readonly capability: ExternalCapability; release(): void };

/** The capabilities of a node, and how much of each is in use. */
export class ExternalCapabilities {
  readonly #byName = new Map<string, ExternalCapability>();
  /** Outlives a second registration: jobs that run still run. */
  readonly #inUse = new Map<string, number>();
  readonly #prices: CapabilityPrices;

  constructor(prices: CapabilityPrices) {
    this.#prices = prices;
  }

  get all(): readonly ExternalCapability[] {
    return [...this.#byName.values()];
  }

  get(name: string): ExternalCapability | undefined {
    return this.#byName.get(name);
  }

  /** Places that are free. */
  free(name: string): number {
    return Math.max(0, (this.#byName.get(name)?.capacity ?? 0) - (this.#inUse.get(name) ?? 0));
  }

  /** Takes over what a worker says of itself. Resolves with the capability's name. Rejects with an `LpError` that says what is wrong. */
  async register(json: string): Promise<string> {
    const fields = fieldsOf(json);
    const url = textOf(fields, "url").replace(/\/+$/, "");
    const name = textOf(fields, "name");
    if (name === "") throw bad("name is required");
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw bad("url must be an http or https address");
    const scaling = wholeNumber(fields, "price_scaling");
    const currency = textOf(fields, "currency");
    const perUnit = rational(BigInt(wholeNumber(fields, "price_per_unit")), BigInt(scaling === 0 ? 1 : scaling));
    const isWei = currency === "" || currency.toLowerCase() === "wei";
    const rate = isWei ? rational(1n) : await this.#prices.weiPerUnit(currency.toUpperCase());
    const token = textOf(fields, "token");
    if (!this.#byName.has(name) && this.#byName.size >= maxCapabilities) throw bad("too many capabilities");
    const capability = {
      name,
      description: textOf(fields, "description"),
      url,
      capacity: wholeNumber(fields, "capacity"),
      weiPerSecond: floorRational(mulRational(perUnit, rate)),
      token: token === "" ? undefined : token,
    };
    this.#byName.set(name, capability);
    this.#prices.set(name, capability.weiPerSecond);
    return name;
  }

  /** Forgets one; unknown names are no failure. */
  remove(name: string): void {
    if (this.#byName.delete(name)) this.#prices.set(name, undefined);
  }

  /** Takes a place; undefined when there is none. */
  reserve(name: string): Place | undefined {
    const capability = this.#byName.get(name);
    if (capability === undefined || this.free(name) === 0) return undefined;
    this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + 1);
    let isHeld = true;
    return {
      capability,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (this.#inUse.get(name) ?? 1) - 1;
        if (left === 0) this.#inUse.delete(name);
        else this.#inUse.set(name, left);
      },
    };
  }
}

function bad(message: string): LpError {
  return new LpError({ code: "bad_capability", message });
}

function fieldsOf(json: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw bad("the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("the body is not a JSON object");
  return value as Record<string, unknown>;
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string" || value.length > maxTextLength) throw bad(`${name} must be a short text`);
  return value.trim();
}

function wholeNumber(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name] ?? 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad(`${name} must be a whole number that is not negative`);
}
