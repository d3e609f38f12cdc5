/** Where a publisher wants to go, put together from `connect` and `publish`. */
export type PublishTarget = {
  /** `rtmp://host[:port]/app/name?query`, as the auth webhook gets it. */
  readonly url: string;
  /** Path of that URL without query. */
  readonly path: string;
};

const maxUrlLength = 4096;

/** Builds the full URL. `name` may carry the query, or `app` may. Undefined when it is too long or has no name at all. */
export function publishTarget(tcUrl: string, app: string, name: string): PublishTarget | undefined {
  const origin = /^(rtmps?:\/\/[^/?#]+)/i.exec(tcUrl)?.[1] ?? "rtmp://localhost";
  const [appPath = "", appQuery = ""] = splitQuery(app);
  const [namePath = "", nameQuery = ""] = splitQuery(name);
  const path = `/${[appPath, namePath]
    .map((part) => part.replace(/^\/+|\/+$/g, ""))
    .filter((part) => part !== "")
    .join("/")}`;
  const query = [appQuery, nameQuery].filter((part) => part !== "").join("&");
  const url = `${origin}${path}${query === "" ? "" : `?${query}`}`;
  return url.length > maxUrlLength ? undefined : { url, path };
}

function splitQuery(text: string): [string, string] {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
