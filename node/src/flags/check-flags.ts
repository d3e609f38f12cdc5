import { checkAiWorker } from "./checks/check-ai-worker.ts";
import { checkChain } from "./checks/check-chain.ts";
import { checkCommon, type HostFacts } from "./checks/check-common.ts";
import { checkGateway } from "./checks/check-gateway.ts";
import { checkNotBuilt, checkUnused } from "./checks/check-not-built.ts";
import { checkOrchestrator } from "./checks/check-orchestrator.ts";
import { checkRedeemer } from "./checks/check-redeemer.ts";
import { checkRemoteSigner } from "./checks/check-remote-signer.ts";
import { checkRole } from "./checks/check-role.ts";
import { checkNoStores } from "./checks/check-stores.ts";
import { checkTranscoder } from "./checks/check-transcoder.ts";
import { Problems } from "./checks/problems.ts";
import type { FlagValues } from "./go-flags.ts";
import type { NodeConfig } from "./node-config.ts";

/** Either what the node is to do, or everything that is wrong, one sentence each. Warnings in both cases. */
export type CheckedFlags =
  | { readonly config: NodeConfig; readonly problems: readonly []; readonly warnings: readonly string[] }
  | { readonly config: undefined; readonly problems: readonly string[]; readonly warnings: readonly string[] };

/** Looks at all flags before anything is opened. Pure: the same flags give the same answer. */
export function checkFlags(flags: FlagValues, host: HostFacts): CheckedFlags {
  const problems = new Problems(flags);
  for (const warning of flags.warnings) problems.warn(warning);
  const config = readConfig(flags, host, problems);
  const { sentences, warnings } = problems;
  return config !== undefined && sentences.length === 0
    ? { config, problems: [], warnings }
    : { config: undefined, problems: sentences, warnings };
}

function readConfig(flags: FlagValues, host: HostFacts, problems: Problems): NodeConfig | undefined {
  const role = checkRole(flags, problems);
  if (flags.get("nvidia") !== "" && flags.get("netint") !== "")
    problems.add("-nvidia and -netint exclude each other: give one of them");
  checkNotBuilt(flags, problems);
  if (role === undefined) return undefined;
  // a worker works for an orchestrator, which alone knows the chain
  const isWorker = role === "transcoder" || role === "aiWorker";
  const chain = isWorker ? undefined : checkChain(flags, problems);
  const common = { ...checkCommon(role, flags, host, problems), chain };
  checkUnused(role, flags, problems);
  if (isWorker || role === "duties") checkNoStores(flags, problems);
  if (role === "gateway") return checkGateway(common, flags, problems);
  if (role === "orchestrator") return checkOrchestrator(common, flags, problems);
  if (role === "redeemer") return checkRedeemer(common, flags, problems);
  if (role === "remoteSigner") return checkRemoteSigner(common, flags, problems);
  if (role === "transcoder") return checkTranscoder(common, flags, problems);
  if (role === "aiWorker") return checkAiWorker(common, flags, problems);
  return role === "duties" && chain !== undefined ? { ...common, role, chain } : undefined;
}
