type Waiter<T> = { readonly item: T; readonly client: string };

/** Waiting work of many clients: each client's own in order, the clients in turn. */
export class FairQueue<T> {
  readonly #byClient = new Map<string, Waiter<T>[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Clients with work that waits. */
  get clientCount(): number {
    return this.#byClient.size;
  }

  push(client: string, item: T): void {
    const waiters = this.#byClient.get(client) ?? [];
    waiters.push({ item, client });
    this.#byClient.set(client, waiters);
    this.#size++;
  }

  /** Takes the first item that `use` accepts, client by client; the client it came from is the last in turn then. */
  take(use: (item: T) => boolean): boolean {
    for (const [client, waiters] of this.#byClient) {
      const index = waiters.findIndex(({ item }) => use(item));
      if (index < 0) continue;
      waiters.splice(index, 1);
      this.#size--;
      this.#byClient.delete(client);
      if (waiters.length > 0) this.#byClient.set(client, waiters);
      return true;
    }
    return false;
  }

  /** The turn of an item if nobody came or left and every item were taken: 1 for the next one; undefined when it is not there. */
  positionOf(client: string, item: T): number | undefined {
    const own = this.#byClient.get(client)?.findIndex((waiter) => waiter.item === item) ?? -1;
    if (own < 0) return undefined;
    let before = own;
    let isEarlier = true;
    for (const [other, waiters] of this.#byClient) {
      if (other === client) isEarlier = false;
      else before += Math.min(waiters.length, isEarlier ? own + 1 : own);
    }
    return before + 1;
  }

  /** Forgets one item; nothing happens when it is not there. */
  remove(client: string, item: T): void {
    const waiters = this.#byClient.get(client);
    const index = waiters?.findIndex((waiter) => waiter.item === item) ?? -1;
    if (waiters === undefined || index < 0) return;
    waiters.splice(index, 1);
    this.#size--;
    if (waiters.length === 0) this.#byClient.delete(client);
  }
}
