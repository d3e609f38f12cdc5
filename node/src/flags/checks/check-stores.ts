import { parseObjectStoreUrl } from "@livepeer-ts/data";
import { badFlag } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import type { StoreConfig } from "../node-config.ts";
import type { NodeRole } from "./check-role.ts";
import type { Problems } from "./problems.ts";

/** `-objectStore` and `-recordStore`. */
export function checkStores(role: NodeRole, flags: FlagValues, problems: Problems): StoreConfig {
  const read = (flag: "objectStore" | "recordStore") => {
    const url = flags.get(flag);
    if (url === "") return undefined;
    const location = problems.read(flag, () => parseObjectStoreUrl(url));
    if (flag === "objectStore" && role === "orchestrator" && location !== undefined && !isReached(location.kind)) {
      problems.read(flag, () => {
        throw badFlag(
          "-objectStore of an orchestrator must be a store that gateways reach, s3 or gs: without one they fetch results from its memory",
        );
      });
    }
    return url;
  };
  return { live: read("objectStore"), record: read("recordStore") };
}

function isReached(kind: string): boolean {
  return kind === "s3" || kind === "gcs";
}

/** Warnings for a role that stores nothing. */
export function checkNoStores(flags: FlagValues, problems: Problems): void {
  for (const flag of ["objectStore", "recordStore"]) {
    if (flags.get(flag) !== "") problems.warn(`-${flag} does nothing here: it is for -gateway and -orchestrator`);
  }
}
