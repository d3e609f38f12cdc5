import { create } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { peerAddressHeader } from "../../grpc/grpc-route.ts";
import { checkRegistration, noticesUntilGone } from "../../remote/notices-until-gone.ts";
import { AIWorker, CapabilitiesSchema, type NotifyAIJob, type RegisterAIWorkerRequest } from "../../wire/net_pb.gen.ts";
import { type AiWorkerPool, offersOf } from "./ai-worker-pool.ts";

export type AiWorkerServiceDeps = { readonly secret: string; readonly pool: AiWorkerPool };

async function* registerWorker(
  { secret, capabilities }: RegisterAIWorkerRequest,
  context: Pick<HandlerContext, "signal" | "requestHeader">,
  deps: AiWorkerServiceDeps,
): AsyncGenerator<NotifyAIJob> {
  const offered = capabilities ?? create(CapabilitiesSchema);
  checkRegistration(secret, deps.secret, () => offersOf(offered).some(({ capacity }) => capacity > 0));
  const address = context.requestHeader.get(peerAddressHeader) ?? "";
  yield* noticesUntilGone(deps.pool.register(address, offered), context);
}

/** Registers `net.AIWorker`. */
export function registerAiWorkerService(router: ConnectRouter, deps: AiWorkerServiceDeps): void {
  router.service(AIWorker, { registerAIWorker: (request, context) => registerWorker(request, context, deps) });
}
