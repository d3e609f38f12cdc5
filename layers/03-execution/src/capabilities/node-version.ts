/** A parsed version; the pre-release part is dropped. */
export type NodeVersion = readonly [major: bigint, minor: bigint, patch: bigint];

const pattern =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Reads `1`, `1.2`, `v1.2.3`, `1.2.3-suffix+build`; undefined for anything else. */
export function parseNodeVersion(text: string): NodeVersion | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  return [BigInt(match[1] as string), BigInt(match[2] ?? "0"), BigInt(match[3] ?? "0")];
}

/** Negative, zero or positive like a − b. */
export function compareNodeVersions(a: NodeVersion, b: NodeVersion): number {
  for (let i = 0; i < 3; i++) {
    const left = a[i] as bigint;
    const right = b[i] as bigint;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/**
 * The protocol's rule for minimum versions: no minimum or an unreadable minimum is met by everybody; otherwise an
 * empty, `undefined` or unreadable version does not meet it. Pre-release suffixes do not count.
 */
export function meetsMinVersion(version: string, minVersion: string): boolean {
  if (minVersion === "") return true;
  if (version === "" || version === "undefined") return false;
  const actual = parseNodeVersion(version);
  if (actual === undefined) return parseNodeVersion(minVersion) === undefined;
  const minimum = parseNodeVersion(minVersion);
  return minimum === undefined || compareNodeVersions(actual, minimum) >= 0;
}
