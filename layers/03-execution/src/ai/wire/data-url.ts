/** Media type and bytes of a `data:` URL; undefined when it is none. */
export function readDataUrl(url: string): { readonly mediaType: string; readonly bytes: Uint8Array } | undefined {
  const comma = url.indexOf(",");
  if (!url.startsWith("data:") || comma < 0) return undefined;
  const [mediaType = "", ...options] = url.slice(5, comma).split(";");
  const text = url.slice(comma + 1);
  if (options.includes("base64")) return { mediaType, bytes: new Uint8Array(Buffer.from(text, "base64")) };
  try {
    return { mediaType, bytes: new TextEncoder().encode(decodeURIComponent(text)) };
  } catch {
    return undefined;
  }
}

/** The media as a `data:` URL. */
export function dataUrl(mediaType: string, bytes: Uint8Array): string {
  return `data:${mediaType};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64")}`;
}
