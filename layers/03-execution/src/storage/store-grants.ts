import type { Clock, ObjectStore } from "@livepeer-ts/kernel";
import type { OSInfo } from "../wire/net_pb.gen.ts";
import { osInfoOf } from "./os-info.ts";

/** Credentials are given out anew after this, ms: they are good for a day, and signing costs time. */
const renewMs = 3_600_000;
const maxPrefixes = 1000;

/** What peers are given to put objects into a store of this node, by key prefix. */
export class StoreGrants {
  readonly #store: ObjectStore;
  readonly #clock: Pick<Clock, "mono">;
  readonly #given = new Map<string, { readonly info: OSInfo | undefined; readonly at: number }>();

  constructor(store: ObjectStore, clock: Pick<Clock, "mono">) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Credentials for objects below `<prefix>/`; undefined for a store that others cannot reach. */
  for(prefix: string): OSInfo | undefined {
    const now = this.#clock.mono();
    const known = this.#given.get(prefix);
    if (known !== undefined && now - known.at < renewMs) return known.info;
    const credentials = this.#store.postCredentials(prefix);
    const info = credentials === undefined ? undefined : osInfoOf(credentials);
    this.#given.delete(prefix);
    this.#given.set(prefix, { info, at: now });
    const [oldest] = this.#given.keys();
    if (this.#given.size > maxPrefixes && oldest !== undefined) this.#given.delete(oldest);
    return info;
  }
}
