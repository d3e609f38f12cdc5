import type { DeprecatedFlag } from "./flag-spec.ts";

/** Old names that go-livepeer still takes, and so do we. */
export const deprecatedFlags: readonly DeprecatedFlag[] = [
  { name: "broadcaster", kind: "bool", fallback: "false", help: "old name of -gateway", use: "gateway" },
  { name: "datadir", kind: "string", fallback: "", help: "old name of -dataDir", use: "dataDir" },
  {
    name: "pricePerBroadcaster",
    kind: "string",
    fallback: "",
    help: "old name of -pricePerGateway",
    use: "pricePerGateway",
  },
  {
    name: "aiRunnerImage",
    kind: "string",
    fallback: "livepeer/ai-runner:latest",
    help: 'same as {"default": "…"} in -aiRunnerImageOverrides',
    use: "aiRunnerImageOverrides",
    convert: (image) => JSON.stringify({ default: image }),
  },
  { name: "liveAICapRefreshModels", kind: "string", fallback: "", help: "has no effect any more", use: undefined },
];
