import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import type { World } from "./fault-world.ts";

/** A gateway whose disk has no room left for a while. Comes first: a database that has grown once writes within its files. */
export function describeFullDisk(world: World, canMount: boolean): void {
  describe.skipIf(!canMount)("a full disk under a gateway", () => {
    it("is named with a remedy, stops no stream, and loses no record", async () => {
      const { network, main, disk } = world();
      const log = () => readFile(network.logFile("gateway-0"), "utf8");
      disk?.fill();
      await until("the gateway says so", async () => (await log()).includes("there is no room left for"));
      expect(await log()).toContain("free disk space, the node goes on by itself");
      const during = await network.readStream(main.stream);
      await main.goesOn(2);
      await until("the platform hears of the stream", async () => {
        const now = await network.readStream(main.stream);
        return now.isActive && now.sourceSegments > during.sourceSegments;
      });
      disk?.free();
      await main.goesOn(1);
      expect(network.gateways[0]?.child.isRunning).toBe(true);
    }, 90_000);
  });
}
