import type { AccessCheck } from "../../ports/access-check.ts";

/** Anyone may publish under the name in the URL: a gateway without an auth webhook. */
export const openAccess: AccessCheck = {
  check: async () => ({
    manifestId: undefined,
    streamId: undefined,
    sessionId: undefined,
    streamKey: undefined,
    profiles: undefined,
    verificationFreq: 0,
    timeoutMultiplier: 1,
    objectStoreUrl: undefined,
    recordStoreUrl: undefined,
    recordBaseUrl: undefined,
    previousSessions: [],
  }),
};
