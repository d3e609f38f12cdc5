import type { Socket } from "node:net";

/** The open connections of one port. */
export class ConnectionCensus {
  readonly #maxPerPeer: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #peers = new Map<string, number>();

  /** `maxPerPeer`: connections of one address, asked for each. */
  constructor(maxPerPeer: () => number) {
    this.#maxPerPeer = maxPerPeer;
  }

  /** Connections that are open. */
  get count(): number {
    return this.#sockets.size;
  }

  /** Takes a new connection in; false for one too many of its peer, which is closed at once. */
  add(socket: Socket): boolean {
    const peer = socket.remoteAddress ?? "";
    const count = this.#peers.get(peer) ?? 0;
    if (count >= this.#maxPerPeer()) {
      socket.destroy();
      return false;
    }
    this.#peers.set(peer, count + 1);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      const left = (this.#peers.get(peer) ?? 1) - 1;
      if (left > 0) this.#peers.set(peer, left);
      else this.#peers.delete(peer);
    });
    return true;
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
