// A node of the product with an engine that encodes nothing: `node remux-node.ts -orchestrator -transcoder …`. What surrounds
// the encoder is the product's own; two cores carry twenty streams this way.
import { createRemuxBackend } from "@livepeer-ts/media/testing";
import { announcedCapabilities } from "../../node/src/roles/local-transcoder.ts";
import { runNode } from "../../node/src/roles/run-node.ts";
import { endWithSupervisor } from "../../node/src/supervisor/child-side.ts";

/** Time one segment takes, ms, and how much more for every million pixels of its renditions. */
const segmentCostMs = Number(process.env["REMUX_COST_MS"] ?? 0);
const megapixelCostMs = Number(process.env["REMUX_MEGAPIXEL_MS"] ?? 0);

endWithSupervisor();
await runNode(process.argv.slice(2), async (_config, _dataDir, { clock }) => ({
  backend: createRemuxBackend({ costMs: (pixels) => segmentCostMs + (pixels / 1e6) * megapixelCostMs, clock }),
  capabilities: announcedCapabilities([], undefined),
  engine: "remux",
}));
