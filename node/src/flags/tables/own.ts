import { duration, type FlagGroup, float, int, text } from "../flag-spec.ts";

/** Flags that go-livepeer does not have. */
export const ownFlagGroup: FlagGroup = {
  title: "Ours alone",
  flags: [
    int(
      "redrawSegments",
      0,
      "segments a stream stays with one orchestrator before the next draw; 0: as long as it is fast enough",
      { role: "gateway" },
    ),
    float("hedgeAfter", 0.75, "share of a segment's duration after which a second orchestrator gets it too; 0: never", {
      role: "gateway",
    }),
    float(
      "hedgeBudget",
      0.05,
      "segments that may go to a second orchestrator, as a share of those of the last minute",
      {
        role: "gateway",
      },
    ),
    duration("authRecheck", "1m", "time after which -authWebhookUrl is asked again about a running stream; 0: never", {
      role: "gateway",
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
        role: "orchestrator",
        onChain: true,
      },
    ),
    text(
      "hwaccel",
      "",
      "hardware to transcode on: nvidia, vaapi, qsv, amf or videotoolbox; with devices as in vaapi:/dev/dri/renderD128",
      { role: "transcoder" },
    ),
    text("transcoderPreset", "medium", "x264 preset of the software transcoder", { role: "transcoder" }),
    text("eventsUrl", "", "platform that gets the node's events", { url: true }),
    text("eventsToken", "", "token for -eventsUrl", { orFile: true, secret: true }),
    text("logFormat", "text", "text or json"),
    text("cliToken", "", "token that -cliAddr asks for; needed when that is not on loopback", {
      orFile: true,
      secret: true,
    }),
    text("cliReadToken", "", "token for what changes nothing at -cliAddr", { orFile: true, secret: true }),
    duration("drainTimeout", "0s", "time that a node which is told to stop waits for open sessions and streams"),
  ],
};
