/** Parts of a stream's path: who it is, and what of it. */
export type StreamPath = {
  /** Empty when the path names no stream. */
  readonly manifestId: string;
  /** What follows the manifest id, without file extension: rendition and number, or the stream key. */
  readonly rest: string;
  /** Extension with its dot, lower case, or empty. */
  readonly extension: string;
};

const roots = new Set(["stream", "live"]);

/**
 * Reads `[/stream|/live]/<manifestId>[/<rest>][.<ext>]`. A first segment `stream` or `live` is a prefix only when
 * something follows it and only there: unlike the reference, names that contain these words keep them.
 */
export function parseStreamPath(path: string): StreamPath {
  const clean = path.replace(/^[ /]+/, "");
  const slash = clean.lastIndexOf("/");
  const dot = clean.lastIndexOf(".");
  const hasExtension = dot > slash + 1 && /^\.[A-Za-z0-9]{1,8}$/.test(clean.slice(dot));
  const extension = hasExtension ? clean.slice(dot).toLowerCase() : "";
  const parts = (hasExtension ? clean.slice(0, dot) : clean).split("/");
  if (parts.length > 1 && roots.has(parts[0] as string)) parts.shift();
  // `/live/stream/x/1.ts` names the stream "stream": one prefix is removed, not two.
  const [manifestId = "", ...rest] = parts;
  return { manifestId, rest: rest.join("/"), extension };
}
