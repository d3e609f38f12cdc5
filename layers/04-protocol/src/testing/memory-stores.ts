import type { HeaderStore, StoredHeader } from "../ports/header-store.ts";
import type { IntentStore, TxIntent } from "../ports/intent-store.ts";

/** An `IntentStore` that forgets with the process. */
export function memoryIntentStore(): IntentStore {
  const intents = new Map<string, TxIntent>();
  const key = (from: string, id: string) => `${from}/${id}`;
  return {
    async put(intent) {
      intents.set(key(intent.from, intent.id), intent);
    },
    async get(from, id) {
      return intents.get(key(from, id));
    },
    async latest(from, idPrefix, limit) {
      return [...intents.values()]
        .filter((intent) => intent.from === from && intent.id.startsWith(idPrefix))
        .sort((a, b) => b.createdAt - a.createdAt || b.nonce - a.nonce)
        .slice(0, limit);
    },
    async unsettled(from) {
      return [...intents.values()]
        .filter((intent) => intent.from === from && (intent.state === "sending" || intent.state === "mined"))
        .sort((a, b) => a.nonce - b.nonce);
    },
    async prune(createdBefore) {
      let count = 0;
      for (const [name, intent] of intents) {
        if (intent.createdAt >= createdBefore || intent.state === "sending" || intent.state === "mined") continue;
        intents.delete(name);
        count++;
      }
      return count;
    },
  };
}

/** A `HeaderStore` that forgets with the process. */
export function memoryHeaderStore(initial: readonly StoredHeader[] = []): HeaderStore {
  let headers = [...initial];
  return {
    async load() {
      return headers;
    },
    async save(next) {
      headers = [...next];
    },
  };
}
