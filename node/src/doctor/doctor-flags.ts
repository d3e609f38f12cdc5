import { bool, type FlagSpec, text } from "../flags/flag-spec.ts";

/** What `livepeer doctor` takes beside the flags of the node. */
export const doctorFlags: readonly FlagSpec[] = [
  text(
    "admin",
    "",
    "admin port of the node that runs with these flags, host:port; without it the node is taken as stopped",
  ),
  bool("probeStores", false, "store, read and delete a small object in each object store"),
  bool("json", false, "print one JSON object"),
];
