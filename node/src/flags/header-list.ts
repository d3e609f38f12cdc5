import { badFlag } from "./flag-value.ts";

/** `name:value,name2:value2` as headers. Throws `bad_flag` without repeating a value, which may be a secret. */
export function parseHeaderList(text: string, flag: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [i, item] of text.split(",").entries()) {
    if (item.trim() === "") continue;
    const colon = item.indexOf(":");
    const name = item.slice(0, colon).trim();
    const value = item.slice(colon + 1).trim();
    if (colon < 0 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value))
      throw badFlag(`-${flag}: entry ${i + 1} is not name:value`);
    headers.set(name, value);
  }
  return headers;
}
