/** What a handler may do while it waits for a body that is sent over a long time on purpose. */
export interface BodyPatience {
  /** Lifts the limit on the time of the whole body, and starts the time without a byte anew. */
  extend(): void;
  /** Sends `100 Continue`: a client that has sent nothing yet learns that the request is still open. */
  sayContinue(): void;
}

/** One HTTP request as a role sees it, whatever carried it. Bodies are pulled: back-pressure is real. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute URL. */
  readonly url: string;
  readonly header: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /** Absent where nothing limits the time of a body. */
  readonly patience?: BodyPatience;
  readonly peer: { readonly address: string; readonly protocol: "h1" | "h2" };
}

/**
 * The answer. To a request with `Upgrade: websocket` it may have the status 101: what follows on the connection is then its body, and
 * the request's. The head is sent when the handler resolves, before the body is pulled.
 */
export interface HttpResponse {
  readonly status: number;
  readonly header: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  readonly trailer?: () => Headers;
}

/** A role is reachable through one of these; it never listens itself. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** One line of a role's route table; `match` returns true for the requests the handler takes. */
export interface HttpRoute {
  readonly name: string;
  readonly match: (request: HttpRequest, path: string) => boolean;
  readonly handle: HttpHandler;
}
