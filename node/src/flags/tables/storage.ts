import { type FlagGroup, text } from "../flag-spec.ts";

export const storageFlags: FlagGroup = {
  title: "Storage and access",
  flags: [
    text("dataDir", "", "folder of the node's data", { unsetMeans: "~/.lpData/<network>" }),
    text("objectStore", "", "object store for segments", { url: true }),
    text("recordStore", "", "object store for recordings", { url: true }),
    text("FVfailGsbucket", "", "Google bucket for results that failed verification"),
    text("FVfailGskey", "", "key for that bucket", { orFile: true, secret: true }),
    text("authWebhookUrl", "", "asked before a publisher may publish", { url: true }),
  ],
};
