import { bool, type FlagGroup } from "../flag-spec.ts";

export const roleFlags: FlagGroup = {
  title: "What the node is",
  flags: [
    bool("orchestrator", false, "run an orchestrator: take work from gateways"),
    bool("transcoder", false, "transcode on this machine; alone: work for the orchestrator at -orchAddr"),
    bool("gateway", false, "run a gateway: take streams, have them transcoded, serve them"),
    bool("aiWorker", false, "run AI jobs on this machine; alone: work for the orchestrator at -orchAddr"),
    bool("redeemer", false, "run a service that redeems winning tickets for orchestrators"),
    bool("remoteSigner", false, "run a service that signs tickets for gateways without a key"),
    bool("reward", false, "call reward in every round", {
      unsetMeans: "on when the node's account is registered as an orchestrator",
      onChain: true,
    }),
    bool("initializeRound", false, "initialize rounds when they begin", { onChain: true }),
  ],
};
