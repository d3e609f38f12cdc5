import { type Clock, errorText, type Logger, type Metrics, type TaskOwner } from "@livepeer-ts/kernel";
import type { ChainReader } from "../ports/chain-reader.ts";

export type GasPriceMonitorOptions = {
  /** Wait between polls, ms. Default 5000 (`-blockPollingInterval`). */
  readonly pollIntervalMs?: number;
  /** Lowest price that is believed and returned, wei. Default 0 (`-minGasPrice`). */
  readonly minGasPriceWei?: bigint;
};

export type GasPriceMonitorDeps = {
  readonly reader: ChainReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** The price of gas, polled. Readings below the minimum are ignored. */
export class GasPriceMonitor {
  readonly #pollIntervalMs: number;
  readonly #deps: GasPriceMonitorDeps;
  #minWei: bigint;
  #priceWei = 0n;

  constructor(options: GasPriceMonitorOptions, deps: GasPriceMonitorDeps) {
    this.#pollIntervalMs = options.pollIntervalMs ?? 5000;
    this.#minWei = options.minGasPriceWei ?? 0n;
    this.#deps = deps;
  }

  /** Reads the price once (rejects when that fails), then polls until the owner stops. */
  async start(owner: TaskOwner): Promise<void> {
    await this.#poll(owner.signal);
    this.#deps.clock.every(
      this.#pollIntervalMs,
      async () => {
        try {
          await this.#poll(owner.signal);
        } catch (error) {
          if (!owner.signal.aborted)
            this.#deps.logger.debug("gas price could not be read", { error: errorText(error) });
        }
      },
      owner,
    );
  }

  /** Last believed price, never below the minimum; wei. */
  get gasPriceWei(): bigint {
    if (this.#priceWei < this.#minWei) return this.#minWei;
    return this.#priceWei;
  }

  get minGasPriceWei(): bigint {
    return this.#minWei;
  }

  set minGasPriceWei(value: bigint) {
    this.#minWei = value;
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const price = await this.#deps.reader.gasPrice(signal);
    if (price < this.#minWei) return;
    this.#priceWei = price;
    this.#deps.metrics.gauge("livepeer_suggested_gas_price", Number(price) / 1e9);
    this.#deps.metrics.gauge("livepeer_min_gas_price", Number(this.#minWei) / 1e9);
  }
}
