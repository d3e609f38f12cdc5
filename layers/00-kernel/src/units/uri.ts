/** A percent-encoded part of a URI in clear; as it is where its encoding is broken. */
export function uriDecoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
