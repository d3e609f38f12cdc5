import type { HttpRequest, HttpResponse } from "./http.ts";

export type NetRequest = Omit<HttpRequest, "peer" | "body"> & {
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array;
  /** Force an HTTP version; default: h1 for plain HTTP, ALPN for TLS. */
  readonly protocol?: "h1" | "h2";
};

/** Outgoing traffic as the roles see it. */
export interface Net {
  /** Resolves at the response head. A request with an `Upgrade` header that is answered with 101 goes on with that protocol: both bodies are then its raw bytes. Rejects with an `LpError` (`net_dial`, `net_reset`, `net_aborted`). Whether TLS peers are verified is the adapter's to say: between nodes identity comes from signatures. */
  request(request: NetRequest): Promise<HttpResponse>;
}
