import type { ListOptions, ObjectPage, ObjectSummary } from "@livepeer-ts/kernel";

const mostPerPage = 1000;

/** What `limit` of a listing comes to: 1 to 1000. */
export function pageLimit(limit: number | undefined): number {
  return Math.max(1, Math.min(mostPerPage, Math.trunc(limit ?? mostPerPage)));
}

/**
 * One page out of objects that come in the order of their keys, all beginning with `prefix`.
 * The cursor is the last key or folder of the page.
 */
export async function pageOf(
  objects: AsyncIterable<ObjectSummary> | Iterable<ObjectSummary>,
  prefix: string,
  options: ListOptions = {},
): Promise<ObjectPage> {
  const limit = pageLimit(options.limit);
  const found: ObjectSummary[] = [];
  const prefixes: string[] = [];
  const { cursor, delimiter } = options;
  let last = cursor;
  for await (const object of objects) {
    const cut = delimiter === undefined ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? object.key : object.key.slice(0, cut + 1);
    if (name === last || (cursor !== undefined && compareKeys(name, cursor) <= 0)) continue;
    if (found.length + prefixes.length === limit) return { objects: found, prefixes, cursor: last };
    if (cut < 0) found.push(object);
    else prefixes.push(name);
    last = name;
  }
  return { objects: found, prefixes, cursor: undefined };
}

/** Order of keys as the stores have it: by UTF-8 bytes, which is by code points. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above all others.
    const isHighX = x >= 0xd800 && x <= 0xdfff;
    const isHighY = y >= 0xd800 && y <= 0xdfff;
    return isHighX === isHighY ? x - y : isHighX ? 1 : -1;
  }
  return a.length - b.length;
}
