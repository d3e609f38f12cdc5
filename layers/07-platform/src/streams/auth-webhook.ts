import { ApiError } from "../errors.ts";

/**
 * The stream key or stream id in the URL that a publisher used: `rtmp://host[:port]/live/<key>`, `rtmp://host/<key>`,
 * `http(s)://host/live/<id>/<number>.ts`. Throws `ApiError` 401 without a key and 422 for other forms.
 */
export function publishedKey(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ApiError(422, `"${text.slice(0, 100)}" is not a URL`);
  }
  const parts = url.pathname.split("/").filter((part) => part !== "");
  if (/^rtmps?:$/.test(url.protocol)) {
    if (parts[0] === "live" || parts[0] === "stream") parts.shift();
    if (parts.length === 0) throw new ApiError(401, "stream key is required");
    if (parts.length > 1) {
      throw new ApiError(
        422,
        "expected rtmp://<host>/live/<stream key>: give the key as the last part and nothing after it",
      );
    }
    return decode(parts[0] as string);
  }
  if (/^https?:$/.test(url.protocol)) {
    if (parts[0] !== "live") throw new ApiError(422, "expected http://<host>/live/<stream id>/<number>.ts");
    if (parts.length < 2) throw new ApiError(401, "stream key is required");
    if (parts.length > 3 || (parts.length === 3 && !/^\d+\.(ts|mp4)$/.test(parts[2] as string))) {
      throw new ApiError(422, "expected http://<host>/live/<stream id>/<number>.ts");
    }
    return decode(parts[1] as string);
  }
  throw new ApiError(422, `unknown protocol ${url.protocol.slice(0, 20)}: publish with rtmp:// or http://`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ApiError(422, "the URL holds a broken % sequence");
  }
}
