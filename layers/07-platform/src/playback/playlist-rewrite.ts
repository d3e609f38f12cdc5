/**
 * Rewrites a playlist of the gateway so that everything it names is reached below `/hls/<playbackId>/` of this server:
 * an address `/stream/<manifestId>/<rest>` becomes `<rest>`, relative to the playlist. Addresses of other servers stay as they are.
 */
export function rewritePlaylist(text: string, upstreamUrl: string, manifestId: string): string {
  const base = new URL(upstreamUrl);
  const prefix = `/stream/${manifestId}/`;
  const rewrite = (uri: string): string => {
    let target: URL;
    try {
      target = new URL(uri, base);
    } catch {
      return uri;
    }
    if (target.origin !== base.origin) return uri;
    if (!target.pathname.startsWith(prefix)) return uri;
    return target.pathname.slice(prefix.length) + target.search;
  };
  return text
    .split("\n")
    .map((line) => {
      const bare = line.trimEnd();
      if (bare === "") return bare;
      if (!bare.startsWith("#")) return rewrite(bare);
      return bare.replace(/\bURI="([^"]*)"/g, (_match, uri: string) => `URI="${rewrite(uri)}"`);
    })
    .join("\n");
}
