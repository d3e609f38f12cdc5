/** The target with the rest of a path and a query added; an empty rest keeps the target as it is. */
export function targetUrl(target: string, rest: string, search: string): string {
  const url = new URL(target);
  const query = [url.search.slice(1), search.slice(1)].filter((part) => part !== "").join("&");
  const path = rest === "" || rest === "/" ? url.pathname : `${url.pathname.replace(/\/$/, "")}${rest}`;
  return `${url.origin}${path}${query === "" ? "" : `?${query}`}`;
}
