import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { sameSecret } from "@livepeer-ts/kernel";
import { defaultCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { peerAddressHeader } from "../grpc/grpc-route.ts";
import { type NotifySegment, type RegisterRequest, Transcoder } from "../wire/net_pb.gen.ts";
import { registrationErrors } from "../wire/transcoder-wire.ts";
import type { TranscoderPool } from "./transcoder-pool.ts";

export type TranscoderServiceDeps = { readonly secret: string; readonly pool: TranscoderPool };

/** Largest capacity that is believed: sessions of one transcoder. */
const maxCapacity = 10_000;

async function* registerTranscoder(
  request: RegisterRequest,
  context: Pick<HandlerContext, "signal" | "requestHeader">,
  deps: TranscoderServiceDeps,
): AsyncGenerator<NotifySegment> {
  if (!sameSecret(request.secret, deps.secret)) throw new ConnectError(registrationErrors.secret, Code.Unknown);
  if (request.capacity <= 0n) throw new ConnectError(registrationErrors.capacity, Code.Unknown);
  const registration = deps.pool.register({
    address: context.requestHeader.get(peerAddressHeader) ?? "",
    capacity: Number(request.capacity > BigInt(maxCapacity) ? BigInt(maxCapacity) : request.capacity),
    capabilities: request.capabilities ?? nodeCapabilities({ capabilities: defaultCapabilities }),
  });
  const onGone = () => registration.leave();
  context.signal.addEventListener("abort", onGone, { once: true });
  try {
    if (!context.signal.aborted) yield* registration.notices;
  } finally {
    context.signal.removeEventListener("abort", onGone);
    registration.leave();
  }
}

/** Registers `net.Transcoder`. */
export function registerTranscoderService(router: ConnectRouter, deps: TranscoderServiceDeps): void {
  router.service(Transcoder, { registerTranscoder: (request, context) => registerTranscoder(request, context, deps) });
}
