/** Media types that results come in, and their extensions. */
const extensions: ReadonlyMap<string, string> = new Map([
  ["image/png", ".png"],
  ["image/jpeg", ".jpg"],
  ["image/webp", ".webp"],
  ["video/mp4", ".mp4"],
  ["audio/wav", ".wav"],
  ["audio/x-wav", ".wav"],
  ["audio/mpeg", ".mp3"],
]);

/** Extension of a media type, with its dot; `.bin` for others. */
export function mediaExtension(mediaType: string): string {
  return extensions.get(mediaType.split(";")[0]?.trim().toLowerCase() ?? "") ?? ".bin";
}

/** Media type by a name's extension. */
export function mediaTypeOf(name: string): string {
  for (const [mediaType, extension] of extensions) if (name.endsWith(extension)) return mediaType;
  return "application/octet-stream";
}
