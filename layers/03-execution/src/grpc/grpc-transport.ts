import type { Transport } from "@connectrpc/connect";
import { createTransport } from "@connectrpc/connect/protocol-grpc";
import type { Net } from "@livepeer-ts/kernel";
import { maxGrpcMessageBytes } from "./grpc-route.ts";

const never = new AbortController().signal;

/** Calls gRPC methods of the peer at `baseUrl` through `Net`. Deadlines come from the call's `signal`. */
export function grpcTransport(net: Net, baseUrl: string): Transport {
  return createTransport({
    baseUrl,
    httpClient: async (request) => {
      const answer = await net.request({
        url: request.url,
        method: request.method,
        header: request.header,
        signal: request.signal ?? never,
        protocol: "h2",
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      return {
        status: answer.status,
        header: answer.header,
        body: answer.body,
        // a getter, since trailers arrive after the body
        get trailer() {
          return answer.trailer?.() ?? new Headers();
        },
      };
    },
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 1024,
    readMaxBytes: maxGrpcMessageBytes,
    writeMaxBytes: maxGrpcMessageBytes,
  });
}
