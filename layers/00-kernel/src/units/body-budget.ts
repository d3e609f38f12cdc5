import { LpError } from "../errors/lp-error.ts";

export type BodyBudgetOptions = {
  /** Bytes of bodies that may be held at once. Default 2147483648. */
  readonly totalBytes?: number;
  /** The same for one peer address: nobody takes all of it. Default 1342177280, above the largest single body. */
  readonly perPeerBytes?: number;
};

/** What a chunk costs beside its bytes: many small ones must not slip through. */
const chunkOverheadBytes = 256;

/** Counts what one exchange holds. */
export type BodyLease = {
  /**
   * Throws `body_budget` when too much would be held; nothing more is taken then. Its `whose` says whether that is the
   * `peer`'s doing, or that of `all`.
   */
  take(sizeBytes: number): void;
  /** True when something had to be refused. */
  readonly isExceeded: boolean;
  /** Gives everything back; may be called twice. */
  end(): void;
};

/**
 * Bounds the bodies in flight, per peer and in all: those of the requests of one port, each until it is answered, or those
 * that one gateway downloads.
 */
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
          const whose = ofPeer > this.#perPeerBytes ? "peer" : "all";
          throw new LpError({
            code: "body_budget",
            message: "too many bytes are on their way to this node: try again when earlier requests are answered",
            details: { whose },
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
