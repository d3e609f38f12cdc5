import type { FlagSpec } from "./go-flags.ts";

const text = (name: string, fallback: string, help: string): FlagSpec => ({ name, kind: "string", fallback, help });
const bool = (name: string, fallback: boolean, help: string): FlagSpec => ({
  name,
  kind: "bool",
  fallback: String(fallback),
  help,
});
const int = (name: string, fallback: number, help: string): FlagSpec => ({
  name,
  kind: "int",
  fallback: String(fallback),
  help,
});
const float = (name: string, fallback: number, help: string): FlagSpec => ({
  name,
  kind: "float",
  fallback: String(fallback),
  help,
});
const duration = (name: string, fallback: string, help: string): FlagSpec => ({
  name,
  kind: "duration",
  fallback,
  help,
});

/** Flags of the node with go-livepeer's names and defaults. */
export const goLivepeerFlags: readonly FlagSpec[] = [
  text("network", "offchain", "network the node works on; offchain = no payments, no signatures"),
  text("rtmpAddr", "", "address to take RTMP on (gateway); default 127.0.0.1:1935"),
  text("httpAddr", "", "address of the HTTP port (gateway: playback and push; orchestrator: all peers)"),
  text("cliAddr", "", "address of the admin port; default 127.0.0.1:5935 (gateway), 127.0.0.1:7935 (orchestrator)"),
  bool("monitor", false, "serve metrics for Prometheus at /metrics of the admin port"),
  text("serviceAddr", "", "URI under which gateways reach this orchestrator"),
  text("nodes", "", "further URIs of this orchestrator, comma separated"),
  bool("localVerify", true, "check signatures and pixel counts of results (gateway)"),
  bool("httpIngest", true, "take segments over HTTP at /live/ (gateway)"),
  text("orchAddr", "", "orchestrators to use, comma separated (gateway)"),
  text("orchBlocklist", "", "accounts of orchestrators that are never used, comma separated"),
  float("selectRandFreq", 0.3, "weight of chance in the selection of orchestrators"),
  float("selectStakeWeight", 0.7, "weight of stake in the selection of orchestrators"),
  float("selectPriceWeight", 0, "weight of price in the selection of orchestrators"),
  float("selectPriceExpFactor", 100, "how strongly a higher price lowers the chance"),
  text("maxPricePerUnit", "0", "highest price per pixel that is paid, wei; 0 = any"),
  bool("ignoreMaxPriceIfNeeded", false, "use dearer orchestrators when nobody is cheap enough"),
  duration("discoveryTimeout", "500ms", "first wait for answers of orchestrators"),
  bool("orchestrator", false, "run an orchestrator"),
  bool("transcoder", false, "transcode on this machine"),
  bool("gateway", false, "run a gateway"),
  bool("broadcaster", false, "deprecated name of -gateway"),
  {
    ...text("transcodingOptions", "P240p30fps16x9,P360p30fps16x9", "presets or a JSON file with profiles"),
    orFile: true,
  },
  int("maxAttempts", 3, "tries of one segment on different orchestrators"),
  text("maxSessions", "10", "sessions (orchestrator) or streams (gateway) at once"),
  bool("currentManifest", false, "serve the newest stream as /stream/current.m3u8"),
  text("ethAcctAddr", "", "account of the node"),
  { ...text("ethPassword", "", "password of the key file, or a file that holds it"), orFile: true, secret: true },
  text("ethKeystorePath", "", "folder of key files; default <dataDir>/keystore"),
  text("ethOrchAddr", "", "on-chain identity when it is not the node's own account"),
  text("ethUrl", "", "JSON-RPC URLs of the chain, comma separated; the healthiest is used"),
  text("ethController", "", "address of the Controller contract"),
  duration("transactionTimeout", "5m", "time a transaction has to be mined before it is replaced"),
  int("maxTransactionReplacements", 1, "replacements of a transaction with higher fees"),
  int("gasLimit", 0, "gas limit of transactions; 0 = estimate"),
  int("minGasPrice", 0, "lowest gas price that is believed, wei"),
  int("maxGasPrice", 0, "highest gas price that is paid, wei; 0 = any"),
  bool("initializeRound", false, "initialize rounds when they begin"),
  duration("initializeRoundMaxDelay", "30s", "longest random wait before a round is initialized"),
  bool("reward", false, "call reward each round; on by itself for a registered orchestrator"),
  text("ticketEV", "8000000000", "expected value of one ticket, wei"),
  text("maxFaceValue", "0", "highest face value of tickets, wei; 0 = no limit"),
  text("maxTicketEV", "3000000000000", "highest expected value of one ticket that is paid, wei"),
  text("maxTotalEV", "20000000000000", "highest expected value of one payment, wei"),
  int("depositMultiplier", 1, "a face value may be at most the deposit divided by this"),
  text("pricePerUnit", "", "price of pixelsPerUnit pixels: wei, or a number with a currency"),
  text("pixelsPerUnit", "1", "pixels that pricePerUnit buys"),
  bool("autoAdjustPrice", true, "add the cost of redeeming tickets to the advertised price"),
  float("blockPollingInterval", 5, "seconds between looks at the chain"),
  { ...text("authWebhookUrl", "", "asked before a publisher may publish"), secret: true },
  text("dataDir", "", "folder of the node's data; default ~/.lpData/<network>"),
  int("v", 3, "log level: 3 normal, 5 debug"),
  text("config", "", "file with one flag per line"),
  bool("version", false, "print the version and exit"),
];

/** Flags that go-livepeer does not have. */
export const ownFlags: readonly FlagSpec[] = [
  int(
    "redrawSegments",
    0,
    "segments a stream stays with one orchestrator before the next draw; 0 = as long as it is fast enough",
  ),
  text(
    "allowEgress",
    "",
    "host:port pairs, comma separated, that peers may send this node to although they are loopback or private",
  ),
  text("transcoderPreset", "medium", "x264 preset of the software transcoder"),
  text("eventsUrl", "", "platform that gets the node's events"),
  { ...text("eventsToken", "", "token for eventsUrl, or a file that holds it"), orFile: true, secret: true },
  text("logFormat", "text", "text or json"),
];

export const nodeFlags: readonly FlagSpec[] = [...goLivepeerFlags, ...ownFlags];
