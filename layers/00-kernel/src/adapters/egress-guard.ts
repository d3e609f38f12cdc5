import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { LpError } from "../errors/lp-error.ts";
import type { HttpResponse } from "../ports/http.ts";
import type { Net, NetRequest } from "../ports/net.ts";
import { type EgressRules, egressRefused, mayConnectTo } from "./egress-rules.ts";
import { NodeNet, type NodeNetOptions } from "./node-net.ts";

export type EgressOptions = EgressRules & {
  /** `host:port` pairs that may be reached wherever they are, as they stand in URLs. */
  readonly allow: readonly string[];
};

/**
 * Outgoing traffic to URLs that peers named. A listed `host:port` is reached as it is; any other name is resolved, every
 * address of it is checked, and the connection is made to a checked one. Redirects are never followed.
 * Rejects with `egress_refused`.
 */
export class EgressGuard implements Net {
  readonly #allowed: ReadonlySet<string>;
  readonly #options: EgressOptions;
  readonly #trusted: Net;
  readonly #checked: NodeNet;

  /** `trusted` serves what is listed; everything else goes over connections of the guard's own. */
  constructor(options: EgressOptions, trusted: Net, net: NodeNetOptions = {}) {
    this.#allowed = new Set(options.allow.map((pair) => pair.toLowerCase()));
    this.#options = options;
    this.#trusted = trusted;
    this.#checked = new NodeNet({ ...net, mayConnect: (address) => mayConnectTo(address, options) });
  }

  async request(request: NetRequest): Promise<HttpResponse> {
    const url = parsedUrl(request.url);
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    if (this.#allowed.has(`${url.hostname}:${port}`)) return this.#trusted.request(request);
    const literal = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(literal) !== 0 && !mayConnectTo(literal, this.#options)) throw egressRefused(url.host, literal);
    return this.#checked.request(request);
  }

  /**
   * Where a host that a peer named may be reached by programs that make their own connections: itself when it is listed, else a
   * checked address of it. Rejects with `egress_refused`.
   */
  async locate(host: string, port: number): Promise<string> {
    const bare = host.toLowerCase().replace(/^\[|\]$/g, "");
    if (this.#allowed.has(`${host.toLowerCase()}:${port}`)) return bare;
    const found = isIP(bare) !== 0 ? [{ address: bare }] : await lookup(bare, { all: true }).catch(() => []);
    const allowed = found.find(({ address }) => mayConnectTo(address, this.#options));
    if (allowed !== undefined) return allowed.address;
    const [first] = found;
    if (first === undefined)
      throw new LpError({
        code: "egress_refused",
        message: `a peer named ${host.slice(0, 200)}, which has no address`,
      });
    throw egressRefused(`${host}:${port}`, first.address);
  }

  /** Closes the guard's own connections. */
  stop(): Promise<void> {
    return this.#checked.stop();
  }
}

function parsedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new LpError({
    code: "egress_refused",
    message: `a peer named "${text.slice(0, 200)}", which is no http or https address`,
    details: { url: text.slice(0, 200) },
  });
}
