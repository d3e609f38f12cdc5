import { type FlagGroup, text } from "../flag-spec.ts";

export const storageFlags: FlagGroup = {
  title: "Storage and access",
  flags: [
    text("dataDir", "", "folder of the node's data", { unsetMeans: "~/.lpData/<network>" }),
    text("objectStore", "", "object store for segments: s3://, s3+https://, gs:// or, for a gateway, a directory", {
      url: true,
      unsetMeans: "memory",
    }),
    text("recordStore", "", "object store for recordings; with it every stream is recorded", { url: true }),
    text("FVfailGsbucket", "", "Google bucket for results that failed verification"),
    text("FVfailGskey", "", "key for that bucket", { orFile: true, secret: true }),
    text(
      "authWebhookUrl",
      "",
      "asked before a publisher may publish (gateway), or before a gateway may come and at what price (orchestrator)",
      { url: true },
    ),
  ],
};
