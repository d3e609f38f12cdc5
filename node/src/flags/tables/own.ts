import { bool, duration, type FlagGroup, float, int, text } from "../flag-spec.ts";

/** Flags that go-livepeer does not have. */
export const ownFlagGroup: FlagGroup = {
  title: "Ours alone",
  flags: [
    int(
      "redrawSegments",
      0,
      "segments a stream stays with one orchestrator before the next draw; 0: as long as it is fast enough",
      { roles: ["gateway"] },
    ),
    float("hedgeAfter", 0.75, "share of a segment's duration after which a second orchestrator gets it too; 0: never", {
      roles: ["gateway"],
    }),
    float(
      "hedgeBudget",
      0.05,
      "segments that may go to a second orchestrator, as a share of those of the last minute",
      {
        roles: ["gateway"],
      },
    ),
    float("verifyPictures", 0.05, "share of the results of which pictures are decoded, where -localVerify is on", {
      roles: ["gateway"],
    }),
    text("verifyEvidence", "", "folder or object store for results that failed fast verification", {
      roles: ["gateway"],
      url: true,
    }),
    duration("authRecheck", "1m", "time after which -authWebhookUrl is asked again about a running stream; 0: never", {
      roles: ["gateway"],
    }),
    duration("aiQueueTimeout", "1m", "how long an AI job waits for an orchestrator that has a place", {
      roles: ["gateway"],
    }),
    bool("aiPullImages", false, "fetch container images of runners that are missing", { roles: ["aiWorker"] }),
    text("aiKubernetesUrl", "", "API server of the cluster for runners", {
      roles: ["aiWorker"],
      url: true,
      unsetMeans: "the cluster in which the node runs",
    }),
    text("aiKubernetesNamespace", "", "namespace for runners", {
      roles: ["aiWorker"],
      unsetMeans: "that of the node, else default",
    }),
    text("aiKubernetesModelsClaim", "", "claim of the volume that runners in a cluster find their models on", {
      roles: ["aiWorker"],
    }),
    text("aiKubernetesGpu", "nvidia.com/gpu", "resource that a runner in a cluster asks for; empty: the processor", {
      roles: ["aiWorker"],
    }),
    text(
      "allowEgress",
      "",
      "host:port pairs, comma separated, that peers may send this node to although they are private",
    ),
    int(
      "redeemGas",
      0,
      "gas that redeeming a ticket takes; 0: known for the network, else 1200000 on Arbitrum, 350000 elsewhere",
      {
        roles: ["orchestrator", "redeemer"],
        onChain: true,
      },
    ),
    text("redeemerSecret", "", "secret between a redeemer and its orchestrators", {
      roles: ["redeemer", "orchestrator"],
      orFile: true,
      secret: true,
      onChain: true,
    }),
    bool("redeemerAllowNoAuth", false, "let the redeemer listen in public without -redeemerSecret", {
      roles: ["redeemer"],
    }),
    text("remoteSignerMaxRequest", "0", "highest expected value of one payment that the signer signs, wei; 0: any", {
      roles: ["remoteSigner"],
    }),
    text("remoteSignerMaxDay", "0", "highest expected value that the signer signs on one day (UTC), wei; 0: any", {
      roles: ["remoteSigner"],
    }),
    text("remoteSignerMaxDayPerId", "0", "the same for each auth_id of the signer's webhook, wei; 0: any", {
      roles: ["remoteSigner"],
    }),
    text(
      "hwaccel",
      "",
      "hardware to transcode on: nvidia, vaapi, qsv, amf or videotoolbox; with devices as in vaapi:/dev/dri/renderD128",
      { roles: ["transcoder"] },
    ),
    text("transcoderPreset", "medium", "x264 preset of the software transcoder", { roles: ["transcoder"] }),
    text(
      "transcoderEngine",
      "ffmpeg",
      "what transcodes: ffmpeg, or node-av, with the folder it is installed in as in node-av:/opt/node-av; default folder: node-av in the data directory",
      { roles: ["transcoder"] },
    ),
    text("eventsUrl", "", "platform that gets the node's events", { url: true }),
    text("eventsToken", "", "token for -eventsUrl", { orFile: true, secret: true }),
    text("logFormat", "text", "text or json"),
    text("cliToken", "", "token that -cliAddr asks for; needed when that is not on loopback", {
      orFile: true,
      secret: true,
    }),
    text("cliReadToken", "", "token for what changes nothing at -cliAddr", { orFile: true, secret: true }),
    text("nodeRegion", "", "region that this orchestrator tells gateways, for example eu-west", {
      roles: ["orchestrator"],
    }),
    float("nodeBandwidth", 0, "megabits per second that this orchestrator tells gateways it takes in; 0: none said", {
      roles: ["orchestrator"],
    }),
    float("nodePower", 0, "watts that this orchestrator tells gateways it draws under work; 0: none said", {
      roles: ["orchestrator"],
    }),
    bool(
      "advertiseCompute",
      false,
      "tell gateways processors, GPUs, memory, and measured bandwidth and power where the operator names none",
      { roles: ["orchestrator"] },
    ),
    text("cores", "1", "processes that serve an orchestrator's port, each on a core of its own; auto: one per core", {
      roles: ["orchestrator"],
    }),
    text("requireRegion", "", "regions, comma separated, of which one must be an orchestrator's", {
      roles: ["gateway"],
    }),
    text("preferRegion", "", "regions, comma separated, that are drawn from while somebody there is free", {
      roles: ["gateway"],
    }),
    float("minBandwidth", 0, "megabits per second that an orchestrator must say it takes in; 0: any", {
      roles: ["gateway"],
    }),
    int(
      "bodyMemory",
      2048,
      "MiB of requests that each port holds at once; further ones get status 503, and one address gets five eighths of it",
    ),
    int("downloadMemory", 1024, "MiB of results that are on their way from all orchestrators at once; one gets half", {
      roles: ["gateway"],
    }),
    duration("drainTimeout", "0s", "time that a node which is told to stop waits for open sessions and streams"),
  ],
};
