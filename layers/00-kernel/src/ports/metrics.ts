export type MetricLabels = Readonly<Record<string, string>>;

/**
 * Metrics as libraries see them. Every name is in a metric table (`MetricSpec`) of the layer that counts; labels that the
 * table does not have for the name, or that the operator did not ask for, are left out by whoever keeps the figures.
 */
export interface Metrics {
  count(name: string, labels?: MetricLabels, by?: number): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  observe(name: string, value: number, labels?: MetricLabels): void;
  /** Ends a gauge whose subject is gone, so that its last value is not taken for the present one. */
  forget(name: string, labels?: MetricLabels): void;
}

/** Drops everything; the default of libraries. */
export const noMetrics: Metrics = { count() {}, gauge() {}, observe() {}, forget() {} };
