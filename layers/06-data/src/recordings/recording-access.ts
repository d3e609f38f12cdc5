import type { AccessCheck, AccessGrant } from "@livepeer-ts/execution";
import type { Clock } from "@livepeer-ts/kernel";

/** How long a positive answer holds for one recording, ms. */
const grantMs = 3_600_000;
const maxGrants = 1000;

/** What the access check says about reading recordings; who was let in is not asked about again for an hour. */
export class RecordingAccess {
  readonly #access: AccessCheck;
  readonly #clock: Pick<Clock, "mono">;
  readonly #granted = new Map<string, { readonly grant: AccessGrant; readonly at: number }>();

  constructor(access: AccessCheck, clock: Pick<Clock, "mono">) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Rejects with `access_denied` or `access_unknown`. */
  async check(manifestId: string, url: string, signal: AbortSignal): Promise<AccessGrant> {
    const known = this.#granted.get(manifestId);
    if (known !== undefined && this.#clock.mono() - known.at < grantMs) return known.grant;
    this.#granted.delete(manifestId);
    const grant = await this.#access.check(url, signal);
    const [oldest] = this.#granted.keys();
    if (this.#granted.size >= maxGrants && oldest !== undefined) this.#granted.delete(oldest);
    this.#granted.set(manifestId, { grant, at: this.#clock.mono() });
    return grant;
  }
}
