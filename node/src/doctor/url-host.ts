/** Scheme, host and port of a URL: paths, queries and users may hold keys. */
export function urlHost(url: string): string {
  return new URL(url).origin;
}
