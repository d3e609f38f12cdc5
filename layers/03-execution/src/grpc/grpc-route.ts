import { Code, ConnectError, type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import { type Clock, errorText, type HttpRoute } from "@livepeer-ts/kernel";

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Request header in which services find who called; what a caller sends under this name is overwritten. */
export const peerAddressHeader = "x-peer-address";

/** Largest message a gRPC server takes, as the reference's library does. */
export const maxGrpcMessageBytes = 4 * 1024 * 1024;

/** `10S` and the like, in ms. */
function grpcTimeoutMs(text: string | null): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text ?? "");
  if (match === null) return undefined;
  const unit = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }[
    match[2] as "H" | "M" | "S" | "m" | "u" | "n"
  ];
  return Number(match[1]) * unit;
}

/** A failure as the reference reports it: status UNKNOWN with the bare text. */
export function unknownStatus(error: unknown): ConnectError {
  return error instanceof ConnectError ? error : new ConnectError(errorText(error), Code.Unknown);
}

/** A route that serves gRPC services: HTTP/2 requests whose content type starts with `application/grpc`. */
export function grpcRoute(register: (router: ConnectRouter) => void, clock: Clock): HttpRoute {
  const router = createConnectRouter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    acceptCompression: [],
    readMaxBytes: maxGrpcMessageBytes,
  });
  register(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return {
    name: "grpc",
    match: (request) =>
      request.peer.protocol === "h2" && (request.header.get("content-type") ?? "").startsWith("application/grpc"),
    async handle(request) {
      const path = new URL(request.url).pathname;
      const handler = handlers.get(path);
      const grpcHeaders = { "content-type": "application/grpc" };
      if (handler === undefined) {
        return {
          status: 200,
          header: new Headers(grpcHeaders),
          body: nothing(),
          trailer: () =>
            new Headers({ "grpc-status": String(Code.Unimplemented), "grpc-message": `unknown method ${path}` }),
        };
      }
      // the library would start a global timer for this header
      const header = new Headers(request.header);
      const timeoutMs = grpcTimeoutMs(header.get("grpc-timeout"));
      header.delete("grpc-timeout");
      header.set(peerAddressHeader, request.peer.address);
      const deadline = timeoutMs === undefined ? undefined : clock.deadline(timeoutMs, request.signal);
      const answer = await handler({
        httpVersion: "2.0",
        url: request.url,
        method: request.method,
        header,
        body: request.body,
        signal: deadline?.signal ?? request.signal,
      });
      async function* body(): AsyncGenerator<Uint8Array> {
        try {
          if (answer.body !== undefined) yield* answer.body;
        } finally {
          deadline?.clear();
        }
      }
      return {
        status: answer.status,
        header: answer.header ?? new Headers(grpcHeaders),
        body: body(),
        trailer: () => answer.trailer ?? new Headers(),
      };
    },
  };
}
