import { badFlag } from "./flag-value.ts";
import type { ServiceAddress } from "./node-config.ts";

/** Port of an orchestrator whose URI names none. */
export const defaultServicePort = 8935;

/** `host:port` or a base URL as an orchestrator's URI; `https://` is added where no scheme is. Throws `bad_flag`. */
export function parseServiceUri(text: string, flag: string): Extract<ServiceAddress, { kind: "given" }> {
  const bad = (why: string) => badFlag(`-${flag} "${text.slice(0, 120)}" ${why}: write host:port or https://host:port`);
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!/^https?:\/\//i.test(full)) throw bad("has a scheme that is neither http nor https");
  if (!URL.canParse(full)) throw bad("is not an address");
  const url = new URL(full);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") throw bad("must not have a path");
  if (url.username !== "" || url.password !== "") throw bad("must not have a user");
  // the URL's own port is empty for the scheme's default
  const port = /:(\d+)\/?$/.exec(full)?.[1];
  return {
    kind: "given",
    uri: `${url.protocol}//${url.host}`,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: port === undefined ? defaultServicePort : Number(port),
  };
}

/** `-serviceAddr`. Throws `bad_flag`. */
export function parseServiceAddress(text: string): ServiceAddress {
  if (text === "") return { kind: "find" };
  return text === "none" ? { kind: "none" } : parseServiceUri(text, "serviceAddr");
}

/** One URI of `-nodes`: https only. Throws `bad_flag`. */
export function parseNodeUri(text: string): string {
  if (/^http:\/\//i.test(text))
    throw badFlag(`-nodes "${text.slice(0, 120)}" is not https: further nodes of an orchestrator must be`);
  return parseServiceUri(text, "nodes").uri;
}
