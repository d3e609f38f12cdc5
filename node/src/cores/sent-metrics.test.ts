import { counter, gauge, histogram } from "@livepeer-ts/kernel";
import { PrometheusMetrics } from "@livepeer-ts/kernel/adapters";
import { expect, it } from "vitest";
import { type MetricCall, makeCalls, SentMetrics } from "./sent-metrics.ts";

const table = [
  counter("done", "things", "Done", { labels: ["who"] }),
  gauge("open", "things", "Open", { labels: ["who"] }),
  histogram("took_seconds", "seconds", "Took", [1, 10]),
];

it("gives the sums of several processes, as if one had counted", async () => {
  const kept = new PrometheusMetrics(table);
  const alone = new PrometheusMetrics(table);
  const messages: (readonly MetricCall[])[] = [];
  const processes = [1, 2].map(() => new SentMetrics((calls) => messages.push(structuredClone(calls))));
  for (const metrics of [...processes, alone, alone]) {
    metrics.count("done", { who: "a" });
    metrics.count("done", { who: "b" }, 2.5);
    metrics.observe("took_seconds", 3);
    metrics.gauge("open", 4, { who: "a" });
    metrics.gauge("open", 4, { who: "gone" });
    metrics.forget("open", { who: "gone" });
  }
  for (const metrics of processes) metrics.flush();
  for (const calls of messages) makeCalls(calls, kept);
  expect(messages).toHaveLength(2);
  expect(kept.text()).toBe(alone.text());
  expect(kept.text()).toContain('done{who="b"} 5');
});

it("does not wait with many", () => {
  const messages: (readonly MetricCall[])[] = [];
  const metrics = new SentMetrics((calls) => messages.push(calls));
  for (let i = 0; i < 2500; i++) metrics.count("done", { who: "a" });
  expect(messages.map(({ length }) => length)).toEqual([1000, 1000]);
  metrics.flush();
  expect(messages.flat()).toHaveLength(2500);
});
