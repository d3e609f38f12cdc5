import type { AiCapability } from "@livepeer-ts/sdk";
import { expect, test } from "vitest";
import { nextSorting, parseSorting, sorted } from "./sorting.ts";

const figures = (p50Ms: number | null, jobs: number, failed: number) => ({ jobs, failed, p50Ms, p95Ms: p50Ms });
const offer = (capacity: number, inUse: number): AiCapability["offers"][number] => ({
  ...{ uri: "https://a:1", address: null, isWarm: true, capacity, inUse, runnerVersion: "", pricePerUnit: null },
  lastHour: figures(null, 0, 0),
});
const models: readonly AiCapability[] = [
  { pipeline: "llm", modelId: "unused", offers: [offer(2, 0)], lastHour: figures(null, 0, 0) },
  { pipeline: "llm", modelId: "slow", offers: [offer(2, 2), offer(4, 1)], lastHour: figures(900, 4, 0) },
  { pipeline: "llm", modelId: "quick", offers: [], lastHour: figures(80, 4, 2) },
];
const order = (sort: string | undefined) => sorted(models, parseSorting(sort)).map(({ modelId }) => modelId);

test("models are sorted by a column, and those of which nothing is known stand last both ways", () => {
  expect(order(undefined)).toEqual(["unused", "slow", "quick"]);
  expect(order("latency")).toEqual(["quick", "slow", "unused"]);
  expect(order("-latency")).toEqual(["slow", "quick", "unused"]);
  expect(order("-success")).toEqual(["slow", "quick", "unused"]);
  expect(order("-offers")).toEqual(["slow", "unused", "quick"]);
  expect(order("places")).toEqual(["quick", "unused", "slow"]);
  expect(order("price")).toEqual(["unused", "slow", "quick"]);
});

test("the third click on a head leads back", () => {
  const second = nextSorting(parseSorting("-offers"), "offers");
  expect([nextSorting(undefined, "offers"), second, nextSorting(parseSorting(second), "offers")]).toEqual([
    "-offers",
    "offers",
    undefined,
  ]);
  expect(nextSorting(parseSorting("-offers"), "latency")).toBe("-latency");
});
