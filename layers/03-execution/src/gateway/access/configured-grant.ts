import { hasErrorCode, LpError } from "@livepeer-ts/kernel";
import type { AccessGrant } from "../../ports/access-check.ts";
import { parseGrant } from "./webhook-access.ts";

/**
 * The grant of a pushed stream whose publisher sent `Livepeer-Transcode-Configuration`: its fields stand in for all that the access
 * check granted. Throws `push_bad_configuration` for fields that cannot be used, `profile_invalid`, and `profiles_differ` when both
 * name renditions and not the same ones.
 */
export function configuredGrant(granted: AccessGrant, configuration: Readonly<Record<string, unknown>>): AccessGrant {
  const configured = readGrant(configuration);
  const [ours, theirs] = [granted.profiles, configured.profiles];
  if (ours !== undefined && theirs !== undefined && JSON.stringify(ours) !== JSON.stringify(theirs)) {
    throw new LpError({
      code: "profiles_differ",
      message:
        "the renditions of the Livepeer-Transcode-Configuration header are not those that the access check grants: send the same, or none",
    });
  }
  return configured;
}

function readGrant(configuration: Readonly<Record<string, unknown>>): AccessGrant {
  try {
    return parseGrant(configuration, false);
  } catch (cause) {
    // a refusal by the access check is another matter, with another answer
    if (!(cause instanceof LpError) || !hasErrorCode(cause, "access_denied")) throw cause;
    throw new LpError({ code: "push_bad_configuration", message: cause.message, cause });
  }
}
