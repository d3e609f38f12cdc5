import { LpError } from "@livepeer-ts/kernel";
import type { OrchestratorDirectory } from "../ports/orchestrator-directory.ts";

const defaultPort = 8935;

/** `host`, `host:port` or a URL as a base URL with scheme and port. Throws `bad_option`. */
export function orchestratorUri(text: string): string {
  const withHost = text.startsWith(":") ? `127.0.0.1${text}` : text;
  const withScheme = /^https?:\/\//.test(withHost) ? withHost : `https://${withHost}`;
  if (!URL.canParse(withScheme)) {
    throw new LpError({
      code: "bad_option",
      message: `-orchAddr "${text}" is not an address: write host:port or https://host:port`,
    });
  }
  const url = new URL(withScheme);
  return `${url.protocol}//${url.hostname}:${url.port || (/:\d+$/.test(withScheme) ? (url.protocol === "https:" ? 443 : 80) : defaultPort)}`;
}

/** The orchestrators named by hand (`-orchAddr`), all trusted. */
export function staticDirectory(addresses: readonly string[]): OrchestratorDirectory {
  const entries = addresses.map((address) => ({
    uri: orchestratorUri(address),
    address: undefined,
    stakeWei: undefined,
    score: 1,
  }));
  return { list: async () => entries };
}
