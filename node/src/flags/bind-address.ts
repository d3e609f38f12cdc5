import { LpError } from "@livepeer-ts/kernel";

/** Where to listen. An empty host means every interface, port 0 a free port. */
export type BindAddress = { readonly host: string; readonly port: number };

function bad(text: string, flag: string | undefined): LpError {
  const where = flag === undefined ? "" : `-${flag} `;
  return new LpError({
    code: "bad_flag",
    message: `${where}"${text.slice(0, 80)}" is not an address to listen on: write host:port, for example 127.0.0.1:8935`,
  });
}

/**
 * `host:port`, `:port`, `host`, an IPv6 address with or without brackets, or nothing, completed with the defaults as the Go
 * node does. Throws `bad_flag`.
 */
export function parseBindAddress(text: string, fallback: BindAddress, flag?: string): BindAddress {
  if (text === "") return fallback;
  const isBareIpv6 = /^[^[\]]*:[^[\]]*:/.test(text);
  const [, bracketed, plain, portText] = isBareIpv6
    ? [text, text, undefined, undefined]
    : (/^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d+))?$/.exec(text) ?? []);
  const host = bracketed ?? (plain || fallback.host);
  const port = portText === undefined ? fallback.port : Number(portText);
  const isIpv6 = bracketed !== undefined;
  if (
    (bracketed === undefined && plain === undefined) ||
    port > 65_535 ||
    (isIpv6 ? !/^[\da-f:]+(?:\d+\.){0,3}\d*(?:%\w+)?$/i.test(host) : !/^[\w.-]*$/.test(host))
  ) {
    throw bad(text, flag);
  }
  return { host, port };
}

/** True for addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `host:port`, IPv6 in brackets. */
export function hostAndPort({ host, port }: BindAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
