import { type GetOptions, type ListOptions, type ObjectStore, type ObjectSummary, readBody } from "@livepeer-ts/kernel";

/** The whole object in memory; undefined when there is none. Rejects with `body_too_large` beyond `maxBytes`. */
export async function readObject(
  store: ObjectStore,
  key: string,
  maxBytes: number,
  options: GetOptions = {},
): Promise<Uint8Array | undefined> {
  const object = await store.get(key, options);
  return object === undefined ? undefined : readBody(object.body, maxBytes);
}

/** Everything that a listing has, page by page, up to `atMost` entries of each kind. */
export async function listAll(
  store: ObjectStore,
  prefix: string,
  atMost: number,
  options: Pick<ListOptions, "delimiter" | "signal"> = {},
): Promise<{ readonly objects: readonly ObjectSummary[]; readonly prefixes: readonly string[] }> {
  const objects: ObjectSummary[] = [];
  const prefixes: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, { ...options, ...(cursor === undefined ? {} : { cursor }) });
    objects.push(...page.objects);
    prefixes.push(...page.prefixes);
    cursor = page.cursor;
  } while (cursor !== undefined && objects.length < atMost && prefixes.length < atMost);
  return { objects: objects.slice(0, atMost), prefixes: prefixes.slice(0, atMost) };
}
