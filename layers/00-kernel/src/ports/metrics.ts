export type MetricLabels = Readonly<Record<string, string>>;

/** Metrics as libraries see them; names carry their unit suffix (`_seconds`, `_bytes`, `_total`). */
export interface Metrics {
  count(name: string, labels?: MetricLabels, by?: number): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  observe(name: string, value: number, labels?: MetricLabels): void;
}

/** Drops everything; the default of libraries. */
export const noMetrics: Metrics = { count() {}, gauge() {}, observe() {} };
