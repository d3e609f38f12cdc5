import type { FlagValues } from "../go-flags.ts";
import type { Problems } from "./problems.ts";

const sessionsText = "-maxSessions must be 'auto' or greater than zero";

/** `-maxSessions` of an orchestrator with remote transcoders. */
export function checkRemoteSessions(flags: FlagValues, problems: Problems): number | "auto" {
  return flags.get("maxSessions") === "auto" ? "auto" : checkSessions(flags, problems);
}

/** `-maxSessions` as a number. */
export function checkSessions(flags: FlagValues, problems: Problems): number {
  const text = flags.get("maxSessions");
  if (/^[+]?\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  // only an orchestrator without a transcoder has workers whose capacity can be added up
  problems.add(text === "auto" ? `${sessionsText}, and 'auto' needs -orchestrator without -transcoder` : sessionsText);
  return 1;
}
