/** A text that no log, error or JSON shows by accident: only `reveal` gives it. */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "xxxxx";
  }

  toJSON(): string {
    return "xxxxx";
  }
}
