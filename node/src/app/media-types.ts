const mediaTypes: Readonly<Record<string, string>> = {
  ...{ png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp", gif: "image/gif" },
  ...{ avif: "image/avif", tif: "image/tiff", tiff: "image/tiff", svg: "image/svg+xml", bmp: "image/bmp" },
  ...{ mp4: "video/mp4", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska" },
  ...{ wav: "audio/wav", mp3: "audio/mpeg", m4a: "audio/mp4", ogg: "audio/ogg", flac: "audio/flac" },
  ...{ pdf: "application/pdf", json: "application/json", zip: "application/zip" },
  ...{ txt: "text/plain", md: "text/markdown", csv: "text/csv", html: "text/html", htm: "text/html" },
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};

/** Media type by a file's name; `application/octet-stream` for others. */
export function mediaTypeOfFile(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return (Object.hasOwn(mediaTypes, extension) ? mediaTypes[extension] : undefined) ?? "application/octet-stream";
}

/** True for what a terminal can show. */
export function isText(mediaType: string): boolean {
  return /^(?:text\/|application\/(?:json|xml|x-ndjson|yaml)\b|[^;]*\+(?:json|xml)\b)/i.test(mediaType);
}
