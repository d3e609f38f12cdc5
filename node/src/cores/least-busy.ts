/** Segments count half as much after this many further ones. */
const halfLife = 256;

/** How much each core process had to do lately. */
export class WorkShares {
  readonly #recent = new Map<number, number>();

  /** A segment went to this process. */
  add(number: number): void {
    const fading = 2 ** (-1 / halfLife);
    for (const [other, weight] of this.#recent) this.#recent.set(other, weight * fading);
    this.#recent.set(number, (this.#recent.get(number) ?? 0) + 1);
  }

  forget(number: number): void {
    this.#recent.delete(number);
  }

  /** Share of the recent segments, 0 to 1. */
  of(number: number): number {
    let sum = 0;
    for (const weight of this.#recent.values()) sum += weight;
    return sum === 0 ? 0 : (this.#recent.get(number) ?? 0) / sum;
  }
}

/**
 * The process for the next connection: the one with the smallest share of connections and of recent segments together. A gateway
 * opens some connections that carry everything and others that carry nothing, so neither figure will do alone.
 */
export function leastBusy<Core extends { readonly number: number; readonly connections: number }>(
  cores: readonly Core[],
  shares: Pick<WorkShares, "of">,
): Core | undefined {
  const open = Math.max(
    1,
    cores.reduce((sum, core) => sum + core.connections, 0),
  );
  const busy = (core: Core) => core.connections / open + shares.of(core.number);
  return cores.reduce<Core | undefined>(
    (best, core) => (best === undefined || busy(core) < busy(best) ? core : best),
    undefined,
  );
}
