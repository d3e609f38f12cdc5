import { simRandom } from "@livepeer-ts/kernel/testing";
import { describe, expect, it } from "vitest";
import { AuthTokenIssuer, authTokenNeedsRefresh } from "./auth-token.ts";

const start = 1_700_000_000_000;
let now = start;
const newIssuer = (seed: number, secret?: Uint8Array) =>
  new AuthTokenIssuer({ clock: { now: () => now }, random: simRandom(seed) }, secret);

describe("session tokens", () => {
  it("are accepted by their issuer for 30 minutes, and want a refresh in the last three", () => {
    now = start;
    const issuer = newIssuer(1);
    const token = issuer.issue();
    expect(token.sessionId).toMatch(/^[0-9a-f]{8}$/);
    expect(issuer.check(token)).toBe("ok");
    expect(authTokenNeedsRefresh(token, start + 26 * 60_000)).toBe(false);
    expect(authTokenNeedsRefresh(token, start + 27 * 60_000)).toBe(true);
    now = start + 30 * 60_000;
    expect(issuer.check(token)).toBe("expired");
  });

  it("are refused when changed, absent, or from another secret", () => {
    now = start;
    const issuer = newIssuer(1);
    const token = issuer.issue("session1");
    expect(issuer.check(undefined)).toBe("invalid");
    expect(issuer.check({ ...token, sessionId: "session2" })).toBe("invalid");
    expect(issuer.check({ ...token, expiration: token.expiration + 1n })).toBe("invalid");
    expect(issuer.check({ ...token, token: token.token.slice(1) })).toBe("invalid");
    expect(newIssuer(2).check(token)).toBe("invalid");
  });

  it("are good at every instance that shares the secret", () => {
    const secret = new Uint8Array(32).fill(4);
    expect(newIssuer(2, secret).check(newIssuer(1, secret).issue())).toBe("ok");
  });
});
