import { type Address, LpError, toAddress } from "@livepeer-ts/kernel";

type Fields = Readonly<Record<string, unknown>>;

/** Reads the fields of one object in a parameter file; every mistake is `deploy_bad_params` with the field's path. */
export class ParamsFields {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #read = new Set<string>();

  private constructor(fields: Fields, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  /** The file itself. */
  static root(json: unknown): ParamsFields {
    if (!isObject(json)) throw badParams("the parameters", "must be an object");
    return new ParamsFields(json, "");
  }

  has(name: string): boolean {
    return this.#take(name) !== undefined;
  }

  /** An object in this one. */
  section(name: string): ParamsFields {
    const value = this.#take(name);
    if (!isObject(value)) throw badParams(this.path(name), "must be an object");
    return new ParamsFields(value, `${this.path(name)}.`);
  }

  /** Objects in a list; empty when it is absent. */
  list(name: string): ParamsFields[] {
    const value = this.#take(name) ?? [];
    if (!Array.isArray(value) || !value.every(isObject)) throw badParams(this.path(name), "must be a list of objects");
    return value.map((item, i) => new ParamsFields(item, `${this.path(name)}[${i}].`));
  }

  amount(name: string, min: bigint, max = 2n ** 256n - 1n, fallback?: bigint): bigint {
    const value = this.#take(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const whole =
      (typeof value === "number" && Number.isSafeInteger(value)) || (typeof value === "string" && /^\d+$/.test(value));
    if (!whole) throw badParams(this.path(name), "must be a whole number (large ones as a decimal string)");
    const number = BigInt(value as string | number);
    if (number < min || number > max) throw badParams(this.path(name), `must be between ${min} and ${max}`);
    return number;
  }

  text(name: string, pattern: RegExp, rule: string, fallback: string): string {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "string" || !pattern.test(value)) throw badParams(this.path(name), rule);
    return value;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.#take(name) ?? fallback;
    if (!choices.includes(value as T)) throw badParams(this.path(name), `must be one of ${choices.join(", ")}`);
    return value as T;
  }

  flag(name: string): boolean {
    const value = this.#take(name) ?? false;
    if (typeof value !== "boolean") throw badParams(this.path(name), "must be true or false");
    return value;
  }

  address(name: string): Address {
    const value = this.#take(name);
    if (typeof value !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(value) || /^0x0{40}$/.test(value))
      throw badParams(this.path(name), "must be an address that is not zero");
    return toAddress(value);
  }

  /** Refuses fields that nobody asked for: they are misspelt. */
  end(): void {
    for (const name of Object.keys(this.#fields))
      if (!this.#read.has(name)) throw badParams(this.path(name), "is no parameter");
  }

  path(name: string): string {
    return `${this.#path}${name}`;
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#fields[name];
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function badParams(path: string, rule: string): LpError {
  return new LpError({
    code: "deploy_bad_params",
    message: `deployment parameters: ${path} ${rule}; see contracts/deploy/devnet.json for an example`,
    details: { path },
  });
}
