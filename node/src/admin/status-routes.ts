import { minimalBigEndian } from "@livepeer-ts/kernel";
import { AdminRefusal, bytesAnswer, jsonAnswer, textAnswer } from "./admin-answer.ts";
import type { AdminRoute } from "./admin-route.ts";
import { nodeStatus } from "./node-status.ts";

const group = "Status";
const base = { group, scope: "read", params: [] } as const;

/** What a node is and does. */
export const statusRoutes: readonly AdminRoute[] = [
  {
    ...base,
    path: "/status",
    summary: "Streams, orchestrators, transcoders, prices, versions.",
    result: "json",
    handle: async ({ subjects }) => jsonAnswer(await nodeStatus(subjects)),
  },
  {
    ...base,
    path: "/streamID",
    summary: "Stream id of the newest stream's source; `/` when there is none.",
    result: "text",
    handle: ({ subjects }) => {
      const newest = subjects.gateway?.registry.newest;
      return textAnswer(newest === undefined ? "/" : `${newest}/source`);
    },
  },
  {
    ...base,
    path: "/manifestID",
    summary: "Manifest id of the newest stream; empty when there is none.",
    result: "text",
    handle: ({ subjects }) => textAnswer(subjects.gateway?.registry.newest ?? ""),
  },
  {
    ...base,
    path: "/localStreams",
    summary: "Always an empty list.",
    result: "json",
    handle: () => jsonAnswer([]),
  },
  {
    ...base,
    path: "/EthChainID",
    summary: "Id of the chain; 0 off chain.",
    result: "text",
    handle: ({ subjects }) => textAnswer(String(subjects.chain?.chainId ?? 0n)),
  },
  {
    ...base,
    path: "/currentBlock",
    summary: "Number of the last block seen, as raw bytes, highest first.",
    result: "bytes",
    handle: ({ subjects }) => {
      const head = subjects.chain?.blocks.head;
      const why = subjects.chain === undefined ? "this node works off chain" : "no block has been seen yet";
      if (head === undefined) throw new AdminRefusal(500, `could not query last seen block: ${why}`);
      return bytesAnswer(minimalBigEndian(head.number));
    },
  },
  {
    ...base,
    path: "/IsOrchestrator",
    summary: "`true` for an orchestrator.",
    result: "text",
    handle: ({ subjects }) => textAnswer(String(subjects.kind === "orchestrator")),
  },
  {
    ...base,
    path: "/IsRedeemer",
    summary: "`true` for a node that redeems the tickets of others.",
    result: "text",
    handle: ({ subjects }) => textAnswer(String(subjects.kind === "redeemer")),
  },
  {
    ...base,
    path: "/debug",
    summary: "The newest stream's master playlist.",
    result: "text",
    handle: ({ subjects }) => {
      const registry = subjects.gateway?.registry;
      const newest = registry?.newest;
      const playlist = newest === undefined ? undefined : registry?.output(newest)?.masterPlaylist();
      return textAnswer(`\n\nLatestPlaylist: ${playlist ?? "<nil>"}`);
    },
  },
];
