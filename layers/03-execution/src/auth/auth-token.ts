import { create } from "@bufbuild/protobuf";
import {
  type Clock,
  concatBytes,
  equalBytes,
  equalSecretBytes,
  hmacSha256,
  minimalBigEndian,
  type Random,
  toHex,
  utf8,
} from "@livepeer-ts/kernel";
import { type AuthToken, AuthTokenSchema } from "../wire/net_pb.gen.ts";

/** How long a token is valid, s. */
export const authTokenValiditySec = 30 * 60;

/** A gateway refreshes its session inside this last part of the validity, s. */
export const authTokenRefreshSec = authTokenValiditySec / 10;

/** The 32 token bytes that the holder of `secret` issues for a session. `expirationSec` is unix time. */
export function authTokenBytes(secret: Uint8Array, sessionId: string, expirationSec: bigint): Uint8Array {
  const magnitude = expirationSec < 0n ? -expirationSec : expirationSec;
  return hmacSha256(secret, concatBytes(utf8(sessionId), minimalBigEndian(magnitude)));
}

/** The whole token message. */
export function authTokenFor(secret: Uint8Array, sessionId: string, expirationSec: bigint): AuthToken {
  return create(AuthTokenSchema, {
    token: authTokenBytes(secret, sessionId, expirationSec),
    sessionId,
    expiration: expirationSec,
  });
}

/** Why a token is refused: not ours, or too old. */
export type AuthTokenVerdict = "ok" | "invalid" | "expired";

export type AuthTokenIssuerDeps = {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
};

/** Issues and checks session tokens. The secret lasts as long as the process unless instances behind one URI share one. */
export class AuthTokenIssuer {
  readonly #secret: Uint8Array;
  readonly #deps: AuthTokenIssuerDeps;

  constructor(deps: AuthTokenIssuerDeps, secret?: Uint8Array) {
    this.#deps = deps;
    this.#secret = secret ?? deps.random.bytes(32);
  }

  /** A token for a new session (8 hex characters), or for `sessionId`. */
  issue(sessionId?: string): AuthToken {
    const id = sessionId ?? toHex(this.#deps.random.bytes(4)).slice(2);
    return authTokenFor(this.#secret, id, BigInt(Math.floor(this.#deps.clock.now() / 1000) + authTokenValiditySec));
  }

  /** Judges a token that came back. */
  check(token: AuthToken | undefined): AuthTokenVerdict {
    if (token === undefined) return "invalid";
    if (!equalSecretBytes(authTokenBytes(this.#secret, token.sessionId, token.expiration), token.token))
      return "invalid";
    return BigInt(Math.floor(this.#deps.clock.now() / 1000)) >= token.expiration ? "expired" : "ok";
  }
}

/** True when the gateway should ask for a fresh session: in the last tenth of the validity, or past it. */
export function authTokenNeedsRefresh(token: AuthToken, nowMs: number): boolean {
  return BigInt(Math.floor(nowMs / 1000)) >= token.expiration - BigInt(authTokenRefreshSec);
}

/** True when two messages are the same token. */
export function sameAuthToken(a: AuthToken, b: AuthToken): boolean {
  return a.sessionId === b.sessionId && a.expiration === b.expiration && equalBytes(a.token, b.token);
}
