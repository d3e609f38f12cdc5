import { bool, type FlagGroup, text } from "../flag-spec.ts";

export const signerFlags: FlagGroup = {
  title: "Remote signer",
  flags: [
    text("remoteSignerUrl", "", "signer that pays for this gateway", { url: true, roles: ["gateway"] }),
    text("remoteSignerHeaders", "", "headers for the signer, name:value, comma separated", {
      secret: true,
      roles: ["gateway"],
    }),
    text("remoteSignerWebhookUrl", "", "asked by the signer before it signs", {
      url: true,
      roles: ["remoteSigner"],
    }),
    text("remoteSignerWebhookHeaders", "", "headers for that webhook, name:value, comma separated", {
      secret: true,
      roles: ["remoteSigner"],
    }),
    bool("remoteSignerAllowNoAuth", false, "let the signer listen in public without a webhook", {
      roles: ["remoteSigner"],
    }),
    bool("remoteDiscovery", false, "let the signer list orchestrators for gateways", { roles: ["remoteSigner"] }),
  ],
};
