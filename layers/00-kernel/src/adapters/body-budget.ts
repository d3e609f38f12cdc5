import { LpError } from "../errors/lp-error.ts";

export type BodyBudgetOptions = {
  /** Bytes of request bodies that may be held at once. Default 2147483648. */
  readonly totalBytes?: number;
  /** The same for one peer address: nobody takes all of it. Default 1342177280, above the largest single body. */
  readonly perPeerBytes?: number;
};

/** What a chunk costs beside its bytes: many small ones must not slip through. */
const chunkOverheadBytes = 256;

/** Counts what one exchange holds. */
export type BodyLease = {
  /** Throws `body_budget` when the peer or the process would hold too much; nothing more is taken then. */
  take(sizeBytes: number): void;
  /** True when something had to be refused. */
  readonly isExceeded: boolean;
  /** Gives everything back; may be called twice. */
  end(): void;
};

/** Bounds the request bodies in flight of one port, per peer and in all. A body counts from its first byte until it is answered. */
export class BodyBudget {
  readonly #totalBytes: number;
  readonly #perPeerBytes: number;
  readonly #peers = new Map<string, number>();
  #heldBytes = 0;

  constructor(options: BodyBudgetOptions = {}) {
    this.#totalBytes = options.totalBytes ?? 2 * 1024 ** 3;
    this.#perPeerBytes = options.perPeerBytes ?? 1280 * 1024 ** 2;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  lease(peer: string): BodyLease {
    let held = 0;
    let isExceeded = false;
    let isEnded = false;
    return {
      take: (sizeBytes) => {
        if (isEnded) return;
        const cost = sizeBytes + chunkOverheadBytes;
        const ofPeer = (this.#peers.get(peer) ?? 0) + cost;
        if (isExceeded || this.#heldBytes + cost > this.#totalBytes || ofPeer > this.#perPeerBytes) {
          isExceeded = true;
          throw new LpError({
            code: "body_budget",
            message: "too many bytes are on their way to this node: try again when earlier requests are answered",
            retryable: true,
          });
        }
        held += cost;
        this.#heldBytes += cost;
        this.#peers.set(peer, ofPeer);
      },
      get isExceeded() {
        return isExceeded;
      },
      end: () => {
        if (isEnded) return;
        isEnded = true;
        this.#heldBytes -= held;
        const left = (this.#peers.get(peer) ?? 0) - held;
        if (left > 0) this.#peers.set(peer, left);
        else this.#peers.delete(peer);
      },
    };
  }
}
