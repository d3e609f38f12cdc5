import { describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import type { World } from "./fault-world.ts";
import { transcoded } from "./orchestrator-faults.ts";

/** Remote transcoders that freeze and die while their orchestrator has another one. */
export function describeTranscoderFaults(world: World): void {
  describe("a remote transcoder", () => {
    it("that freezes costs no segment", async () => {
      const { network, main } = world();
      const frozen = network.transcoders[0];
      await until("it works", async () => (await transcoded(network, "transcoder-0")) > 0);
      const others = await transcoded(network, "transcoder-1");
      frozen?.kill("SIGSTOP");
      const before = await transcoded(network, "transcoder-0");
      await main.goesOn(2);
      await until("the other one works", async () => (await transcoded(network, "transcoder-1")) > others);
      expect(await transcoded(network, "transcoder-0")).toBe(before);
      frozen?.kill("SIGCONT");
    }, 120_000);

    it("that is killed costs no segment: the one that was frozen works again", async () => {
      const { network, main } = world();
      const [, killed] = network.transcoders;
      killed?.kill("SIGKILL");
      await killed?.exited;
      const before = await transcoded(network, "transcoder-0");
      await until("the other one works", async () => (await transcoded(network, "transcoder-0")) > before);
      await main.goesOn(1);
    }, 90_000);
  });
}
