import type { FlagSpec } from "./flag-spec.ts";
import { itemsOf } from "./go-flags.ts";

const hidden = "***";

/** A URL without what may be a key: user, password, path, query. */
function shownUrl(address: string): string {
  const [, scheme, authority = "", rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(address) ?? [];
  if (scheme === undefined) return hidden;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const user = host === authority ? "" : `${hidden}@`;
  return `${scheme}${user}${host}${rest === "" || rest === "/" ? "" : `/${hidden}`}`;
}

/** The value as it may be printed. */
export function shownValue(flag: FlagSpec, value: string): string {
  if (value === "") return '""';
  if (flag.secret) return hidden;
  return flag.url ? itemsOf(value).map(shownUrl).join(",") : value;
}
