import type { Capabilities } from "../wire/net_pb.gen.ts";
import { isSubset } from "./capability-bitstring.ts";
import { meetsMinVersion } from "./node-version.ts";

/**
 * True when the orchestrator can serve the gateway: minimum version, the orchestrator's mandatory bits within the
 * gateway's, the gateway's models within the orchestrator's, the gateway's bits within the orchestrator's.
 * A capability that the orchestrator does not constrain counts as compatible; capacity plays no role (protocol rules).
 */
export function isCompatibleWith(gateway: Capabilities | undefined, orchestrator: Capabilities): boolean {
  if (gateway === undefined) return false;
  if (!meetsMinVersion(orchestrator.version, gateway.constraints?.minVersion ?? "")) return false;
  if (!isSubset(orchestrator.mandatories, gateway.bitstring)) return false;
  if (!modelsFit(gateway, orchestrator)) return false;
  return isSubset(gateway.bitstring, orchestrator.bitstring);
}

function modelsFit(gateway: Capabilities, orchestrator: Capabilities): boolean {
  const offered = orchestrator.constraints?.PerCapability ?? {};
  for (const [number, wanted] of Object.entries(gateway.constraints?.PerCapability ?? {})) {
    const offer = offered[Number(number)];
    if (offer === undefined) continue;
    for (const [modelId, model] of Object.entries(wanted.models)) {
      const there = Object.hasOwn(offer.models, modelId) ? offer.models[modelId] : undefined;
      if (there === undefined) return false;
      if (model.warm && !there.warm) return false;
      if (!meetsMinVersion(there.runnerVersion, model.runnerVersion)) return false;
    }
  }
  return true;
}
