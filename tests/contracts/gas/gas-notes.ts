/** Gas of calls by what they do, in the order they were made. */
export class GasNotes {
  readonly #gas = new Map<string, number>();

  /** Notes the gas of a call. Throws when the name was given before. */
  add(what: string, gas: number): void {
    if (this.#gas.has(what)) throw new Error(`"${what}" is measured twice: give each call its own name`);
    this.#gas.set(what, gas);
  }

  /** Notes the average, rounded, of the calls whose name matches. */
  addAverage(what: string, names: RegExp): void {
    const found = [...this.#gas].filter(([name]) => names.test(name)).map(([, gas]) => gas);
    if (found.length === 0) throw new Error(`"${what}" has nothing to average`);
    this.add(what, Math.round(found.reduce((sum, gas) => sum + gas, 0) / found.length));
  }

  all(): ReadonlyMap<string, number> {
    return this.#gas;
  }
}
