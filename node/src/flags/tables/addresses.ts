import { bool, type FlagGroup, onlyFor, text } from "../flag-spec.ts";

export const addressFlags: FlagGroup = {
  title: "Network and addresses",
  flags: [
    text("network", "offchain", "chain that the node works on; offchain: no payments, no signatures"),
    text("httpAddr", "", "where to listen for HTTP; an orchestrator takes http:// too, for a port without TLS", {
      unsetMeans:
        "127.0.0.1:9935 (gateway); 127.0.0.1:8935 (redeemer, remoteSigner); the port of -serviceAddr (orchestrator)",
    }),
    text("cliAddr", "", "where to listen for administration", {
      unsetMeans:
        "127.0.0.1:7935 (orchestrator), 127.0.0.1:6935 (transcoder), 127.0.0.1:3935 (remoteSigner), 127.0.0.1:5935 (others)",
    }),
    ...onlyFor("gateway", [
      text("rtmpAddr", "", "where to listen for RTMP", { unsetMeans: "127.0.0.1:1935" }),
      bool("httpIngest", true, "take segments over HTTP at /live/", {
        unsetMeans: "on when -httpAddr is loopback or -authWebhookUrl is given",
      }),
      bool("localVerify", true, "check signatures and pixel counts of results", { unsetMeans: "on with a chain" }),
      text("verifierUrl", "", "service that classifies results as tampered or not", { url: true }),
      text("verifierPath", "", "folder that is shared with that service"),
      text("gatewayHost", "", "host name of this gateway for AI callbacks and events"),
    ]),
    ...onlyFor("orchestrator", [
      text("serviceAddr", "", "URI under which gateways reach this orchestrator; none: do no work, see -nodes", {
        unsetMeans: "registered URI, else the public address",
      }),
      text("nodes", "", "further URIs of this orchestrator, https only, comma separated"),
      bool(
        "startupAvailabilityCheck",
        true,
        "ask oneself through -serviceAddr after the start, and warn until it works",
      ),
    ]),
  ],
};
