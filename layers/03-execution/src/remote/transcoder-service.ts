import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { defaultCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { peerAddressHeader } from "../grpc/grpc-route.ts";
import { type NotifySegment, type RegisterRequest, Transcoder } from "../wire/net_pb.gen.ts";
import { checkRegistration, noticesUntilGone } from "./notices-until-gone.ts";
import type { TranscoderPool } from "./transcoder-pool.ts";

export type TranscoderServiceDeps = { readonly secret: string; readonly pool: TranscoderPool };

/** Largest capacity that is believed: sessions of one transcoder. */
const maxCapacity = 10_000;

async function* registerTranscoder(
  request: RegisterRequest,
  context: Pick<HandlerContext, "signal" | "requestHeader">,
  deps: TranscoderServiceDeps,
): AsyncGenerator<NotifySegment> {
  checkRegistration(request.secret, deps.secret, () => request.capacity > 0n);
  const registration = deps.pool.register({
    address: context.requestHeader.get(peerAddressHeader) ?? "",
    capacity: Number(request.capacity > BigInt(maxCapacity) ? BigInt(maxCapacity) : request.capacity),
    capabilities: request.capabilities ?? nodeCapabilities({ capabilities: defaultCapabilities }),
  });
  yield* noticesUntilGone(registration, context);
}

/** Registers `net.Transcoder`. */
export function registerTranscoderService(router: ConnectRouter, deps: TranscoderServiceDeps): void {
  router.service(Transcoder, { registerTranscoder: (request, context) => registerTranscoder(request, context, deps) });
}
