import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import type { World } from "./fault-world.ts";
import type { GatewayProcess, OffChainNetwork } from "./off-chain-network.ts";
import { pushSegment } from "./push-client.ts";
import { cutSegments } from "./push-faults.ts";
import { type SpoilName, spoils } from "./spoiling-orchestrator.ts";

/** Most segments pushed until the draw falls on the spoiler: with a chance of one in three it takes this many one time in ten million. */
const maxPushes = 40;

/** Segments a process has transcoded, by its own log. */
export async function transcoded(network: OffChainNetwork, name: string): Promise<number> {
  const log = await readFile(network.logFile(name), "utf8");
  return log.split("segment transcoded").length - 1;
}

/** Orchestrators that answer nonsense, hang, or die while streams go on. */
export function describeOrchestratorFaults(world: World): void {
  describe("an orchestrator", () => {
    it("that answers garbage costs no segment, whatever the garbage is", async () => {
      const { network, clip, folder, spoiler, main } = world();
      const segments = await cutSegments(clip, join(folder, "again"), 4);
      const suffer = async (spoil: SpoilName) => {
        const stream = await network.createStream(spoil);
        spoiler.spoils.set(stream.playbackId, spoil);
        for (let seqNo = 0; spoiler.hits(stream.playbackId) === 0; seqNo++) {
          if (seqNo > maxPushes) throw new Error(`${seqNo} segments went past the spoiler`);
          const bytes = segments[seqNo % segments.length] as Buffer;
          const answer = await pushSegment(network.gateways[0] as GatewayProcess, stream.id, seqNo, bytes);
          expect([spoil, seqNo, answer]).toEqual([spoil, seqNo, { status: 200, text: "", frames: [50, 50] }]);
        }
      };
      const waiting = Object.keys(spoils) as SpoilName[];
      const work = async () => {
        for (let spoil = waiting.pop(); spoil !== undefined; spoil = waiting.pop()) await suffer(spoil);
      };
      await Promise.all([work(), work(), work()]);
      await main.goesOn(1);
    }, 120_000);

    it("that freezes costs no segment, and works again when it thaws", async () => {
      const { network, main } = world();
      const frozen = network.orchestrators[0];
      await until("it works", async () => (await transcoded(network, "orchestrator-0")) > 0);
      frozen?.kill("SIGSTOP");
      const before = await transcoded(network, "orchestrator-0");
      await main.goesOn(3);
      expect(await transcoded(network, "orchestrator-0")).toBe(before);
      frozen?.kill("SIGCONT");
      await until("it works again", async () => (await transcoded(network, "orchestrator-0")) > before);
    }, 120_000);

    it("that is killed costs no segment", async () => {
      const { network, main } = world();
      const killed = network.orchestrators[0];
      const before = await transcoded(network, "orchestrator-0");
      await until("it works", async () => (await transcoded(network, "orchestrator-0")) > before);
      killed?.kill("SIGKILL");
      await killed?.exited;
      await main.goesOn(3);
    }, 90_000);
  });
}
