import { orchestratorUri } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import type { Problems } from "./problems.ts";

/** The orchestrator that a worker of another machine works for. `worker`: what it is, for sentences. */
export function checkWorker(
  worker: string,
  flags: FlagValues,
  problems: Problems,
): { readonly orchestratorUrl: string; readonly secret: string } {
  const [first = "", ...more] = flags.list("orchAddr");
  if (more.length > 0) problems.warn(`-orchAddr names several orchestrators: ${worker} works for the first alone`);
  if (flags.get("network") !== "offchain")
    problems.warn(
      `-network names no more than the data directory of ${worker}: the orchestrator alone knows the chain`,
    );
  return {
    orchestratorUrl: first === "" ? "" : (problems.read("orchAddr", () => orchestratorUri(first)) ?? ""),
    secret: flags.get("orchSecret"),
  };
}
