import { expect, it } from "vitest";
import { leastBusy, WorkShares } from "./least-busy.ts";

/** Opens connections as gateways do, and gives those that work their segments; returns the segments of each process. */
function spread(pattern: readonly ("idle" | "works")[], segmentsEach: number): number[] {
  const cores = [1, 2].map((number) => ({ number, connections: 0 }));
  const shares = new WorkShares();
  const segments = [0, 0];
  for (const kind of pattern) {
    const core = leastBusy(cores, shares);
    if (core === undefined) throw new Error("nobody");
    core.connections++;
    if (kind === "idle") continue;
    for (let i = 0; i < segmentsEach; i++) shares.add(core.number);
    segments[core.number - 1] = (segments[core.number - 1] ?? 0) + segmentsEach;
  }
  return segments;
}

it("halves the work also where every other connection carries nothing", () => {
  const pairs = Array.from({ length: 20 }, () => ["idle", "works"] as const).flat();
  const [one = 0, other = 0] = spread(pairs, 10);
  expect(Math.abs(one - other)).toBeLessThanOrEqual(20);
});

it("spreads a burst of connections that have not worked yet", () => {
  const cores = [1, 2, 3].map((number) => ({ number, connections: 0 }));
  const shares = new WorkShares();
  shares.add(1);
  for (let i = 0; i < 300; i++) {
    const core = leastBusy(cores, shares);
    if (core !== undefined) core.connections++;
  }
  const counts = cores.map(({ connections }) => connections);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
  for (const count of counts.slice(1)) expect(count).toBeGreaterThanOrEqual(100);
  expect(leastBusy([], shares)).toBeUndefined();
});
