import { LpError } from "@livepeer-ts/kernel";

const typesByExtension: Readonly<Record<string, string>> = {
  ts: "video/mp2t",
  mp4: "video/mp4",
  m3u8: "application/x-mpegurl",
  json: "application/json",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  vtt: "text/vtt",
};

/** MIME type of a key by its extension: the ones of go-livepeer first. `application/octet-stream` for others. */
export function contentTypeOf(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return (dot < 0 ? undefined : typesByExtension[name.slice(dot + 1).toLowerCase()]) ?? "application/octet-stream";
}

/** The given type, else the one that the key's name says. Throws `object_refused` for a text that is none. */
export function checkedContentType(given: string | undefined, key: string): string {
  const type = given ?? contentTypeOf(key);
  if (/^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(type)) return type;
  throw new LpError({
    code: "object_refused",
    message: `${JSON.stringify(type.slice(0, 80))} is no content type: use one such as video/mp2t`,
  });
}
