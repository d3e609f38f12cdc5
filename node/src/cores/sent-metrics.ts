import type { MetricLabels, Metrics } from "@livepeer-ts/kernel";

/** One call of `Metrics`. */
export type MetricCall = {
  readonly kind: keyof Metrics;
  readonly name: string;
  readonly value: number;
  readonly labels: MetricLabels | undefined;
};

/** Between two messages, ms. */
const gatherMs = 50;
/** Calls that wait; further ones are sent at once with them. */
const maxGathered = 1000;

/** Metrics of one process that another one keeps: calls are gathered and sent. */
export class SentMetrics implements Metrics {
  readonly #send: (calls: readonly MetricCall[]) => void;
  #gathered: MetricCall[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (calls: readonly MetricCall[]) => void) {
    this.#send = send;
  }

  count(name: string, labels?: MetricLabels, by = 1): void {
    this.#add({ kind: "count", name, value: by, labels });
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    this.#add({ kind: "gauge", name, value, labels });
  }

  observe(name: string, value: number, labels?: MetricLabels): void {
    this.#add({ kind: "observe", name, value, labels });
  }

  forget(name: string, labels?: MetricLabels): void {
    this.#add({ kind: "forget", name, value: 0, labels });
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.length === 0) return;
    this.#send(this.#gathered);
    this.#gathered = [];
  }

  #add(call: MetricCall): void {
    this.#gathered.push(call);
    if (this.#gathered.length >= maxGathered) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), gatherMs);
  }
}

/** Makes the calls that came from another process. */
export function makeCalls(calls: readonly MetricCall[], metrics: Metrics): void {
  for (const { kind, name, value, labels } of calls) {
    if (kind === "count") metrics.count(name, labels, value);
    else if (kind === "forget") metrics.forget(name, labels);
    else metrics[kind](name, value, labels);
  }
}
