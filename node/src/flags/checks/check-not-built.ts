import type { FlagSpec } from "../flag-spec.ts";
import { isSameValue } from "../flag-value.ts";
import type { FlagValues } from "../go-flags.ts";
import { nodeFlags } from "../node-flags.ts";
import { notBuiltName, notBuiltYet } from "../not-built-yet.ts";
import type { NodeRole } from "./check-role.ts";
import type { Problems } from "./problems.ts";

/** True when the flag was given with a value that its default is not. */
function differs(spec: FlagSpec, flags: FlagValues): boolean {
  const value = flags.written(spec.name);
  return value !== undefined && !isSameValue(spec.kind, value, spec.fallback);
}

/** A sentence for everything that is asked for and not there. */
export function checkNotBuilt(flags: FlagValues, problems: Problems): void {
  const specs = new Map(nodeFlags.map((spec) => [spec.name, spec]));
  for (const entry of notBuiltYet) {
    const spec = specs.get(entry.flag);
    const asks = entry.when?.asks(flags) ?? (spec !== undefined && differs(spec, flags));
    if (!asks) continue;
    if (entry.onlyWarns) problems.warn(`${notBuiltName(entry)} has no effect: ${entry.missing} is not built yet`);
    else problems.add(`${notBuiltName(entry)} cannot be used: ${entry.missing} is not built yet`);
  }
}

/** Warnings for flags that the node's role, or a node off chain, has no use for. */
export function checkUnused(role: NodeRole, flags: FlagValues, problems: Problems): void {
  const isOffChain = flags.get("network") === "offchain";
  for (const spec of nodeFlags) {
    if (!differs(spec, flags)) continue;
    const isUsed =
      spec.roles === undefined ||
      spec.roles.some((used) => (used === "transcoder" || used === "aiWorker" ? flags.bool(used) : used === role));
    if (!isUsed)
      problems.warn(
        `-${spec.name} does nothing here: it is for ${spec.roles?.map((used) => `-${used}`).join(" and ")}`,
      );
    else if (spec.onChain && isOffChain) problems.warn(`-${spec.name} does nothing off chain: it needs -network`);
  }
}
