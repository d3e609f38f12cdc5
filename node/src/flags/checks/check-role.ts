import type { FlagValues } from "../go-flags.ts";
import type { Problems } from "./problems.ts";

/** What a node can be; the first whose flag is given is what it is. */
export type NodeRole = "redeemer" | "remoteSigner" | "orchestrator" | "transcoder" | "aiWorker" | "gateway" | "duties";

const byFlag = ["redeemer", "remoteSigner", "orchestrator", "transcoder", "aiWorker", "gateway"] as const;

const noRoleText =
  "No services enabled; must be at least one of -gateway, -transcoder, -aiWorker, -orchestrator, -redeemer, -reward or -initializeRound";

/** The role that the flags ask for; undefined when they ask for none. */
export function roleOf(flags: FlagValues): NodeRole | undefined {
  const named = byFlag.find((name) => flags.bool(name));
  return named ?? (flags.bool("reward") || flags.bool("initializeRound") ? "duties" : undefined);
}

/** Checks that the role's flags fit together. */
export function checkRole(flags: FlagValues, problems: Problems): NodeRole | undefined {
  const role = roleOf(flags);
  const has = (name: string) => flags.get(name) !== "";
  const isOffChain = flags.get("network") === "offchain";
  if (role === undefined) problems.add(noRoleText);
  if (role === "remoteSigner" && isOffChain) problems.add("Remote signer mode requires on-chain network");
  if (role === "orchestrator" && !flags.bool("transcoder") && !flags.bool("aiWorker")) {
    if (!has("orchSecret") && !has("aiModels"))
      problems.add(
        "Running an orchestrator requires an -orchSecret for standalone mode or -transcoder for orchestrator+transcoder mode",
      );
  }
  if (role === "transcoder" || role === "aiWorker") {
    if (!has("orchSecret")) problems.add("Missing -orchSecret");
    if (!has("orchAddr")) problems.add("Missing -orchAddr");
  }
  for (const duty of ["reward", "initializeRound"]) {
    if (flags.bool(duty) && isOffChain) problems.add(`-${duty} needs a chain: give -network and -ethUrl`);
  }
  const beside = byFlag.filter((name) => flags.bool(name) && name !== role);
  for (const name of beside) {
    const isPart = role === "orchestrator" && (name === "transcoder" || name === "aiWorker");
    if (!isPart) problems.warn(`-${name} does nothing beside -${role}: a process has one role`);
  }
  return role;
}
