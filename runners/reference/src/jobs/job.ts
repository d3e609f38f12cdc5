import { unfit } from "../http/refusal.ts";

export type Message = { readonly role: string; readonly content: string };
export type FieldValue = string | number | boolean | readonly Message[];

/** A request that was read and fits its pipeline's fields; defaults are filled in. */
export class Job {
  readonly #fields: ReadonlyMap<string, FieldValue>;
  readonly #files: ReadonlyMap<string, Buffer>;

  constructor(fields: ReadonlyMap<string, FieldValue>, files: ReadonlyMap<string, Buffer>) {
    this.#fields = fields;
    this.#files = files;
  }

  /** A string field; empty when it was not given. */
  text(name: string): string {
    const value = this.#fields.get(name);
    return typeof value === "string" ? value : "";
  }

  flag(name: string): boolean {
    return this.#fields.get(name) === true;
  }

  /** A number field that has a default or is required. */
  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value === undefined) throw unfit(name, "Field required", "missing");
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#fields.get(name);
    return typeof value === "number" ? value : undefined;
  }

  messages(): readonly Message[] {
    const value = this.#fields.get("messages");
    return Array.isArray(value) ? (value as readonly Message[]) : [];
  }

  file(name: string): Buffer {
    const found = this.#files.get(name);
    if (found === undefined) throw unfit(name, "Field required", "missing");
    return found;
  }
}
