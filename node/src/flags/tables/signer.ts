import { bool, type FlagGroup, text } from "../flag-spec.ts";

export const signerFlags: FlagGroup = {
  title: "Remote signer",
  flags: [
    text("remoteSignerUrl", "", "signer that pays for this gateway", { url: true }),
    text("remoteSignerHeaders", "", "headers for the signer, name:value, comma separated", { secret: true }),
    text("remoteSignerWebhookUrl", "", "asked by the signer before it signs", { url: true }),
    text("remoteSignerWebhookHeaders", "", "headers for that webhook, name:value, comma separated", { secret: true }),
    bool("remoteSignerAllowNoAuth", false, "let the signer listen in public without a webhook"),
    bool("remoteDiscovery", false, "let the signer list orchestrators for gateways"),
  ],
};
