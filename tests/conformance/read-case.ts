import {
  type Address,
  fromHex,
  type Hash32,
  hashFromBytes,
  type Rational,
  rational,
  toAddress,
} from "@livepeer-ts/kernel";

/** Readers for the forms that vectors use; they fail loudly on a form that is not expected. */
export type Fields = Readonly<Record<string, unknown>>;

export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new Error(`field ${name} is not a text: ${JSON.stringify(value)}`);
  return value;
}

/** A text, or undefined for null and absent. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return value === null || value === undefined ? undefined : text(fields, name);
}

/** An integer written as decimal text or number. */
export function integer(fields: Fields, name: string): bigint {
  const value = fields[name];
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return BigInt(text(fields, name));
}

export function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number") throw new Error(`field ${name} is not a number: ${JSON.stringify(value)}`);
  return value;
}

export function bytes(fields: Fields, name: string): Uint8Array {
  return fromHex(text(fields, name));
}

export function address(fields: Fields, name: string): Address {
  return toAddress(text(fields, name));
}

export function hash(fields: Fields, name: string): Hash32 {
  return hashFromBytes(bytes(fields, name));
}

export function object(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`field ${name} is not an object`);
  return value as Fields;
}

export function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error(`field ${name} is not a list`);
  return value;
}

/** Numerator and denominator of `a/b` or an integer, as written. */
export function fraction(value: string): { num: bigint; den: bigint } {
  const [num = "", den = "1"] = value.split("/");
  return { num: BigInt(num), den: BigInt(den) };
}

/** An exact fraction in lowest terms. */
export function ratio(fields: Fields, name: string): Rational {
  const value = fields[name];
  const { num, den } = fraction(typeof value === "number" ? String(value) : text(fields, name));
  return rational(num, den);
}

/** Text of what a call throws; undefined when it does not throw. */
export async function errorOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The value of a call, or `{error}`. */
export async function attempt<T extends object>(run: () => T | Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await run();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** The fields of `got` that `expected` has too; for vectors that record more than one thing. */
export function sameFields(expected: Fields, got: Fields): Fields {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, got[name]]));
}
