import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { sameSecret } from "@livepeer-ts/kernel";
import { peerAddressHeader } from "../../grpc/grpc-route.ts";
import { AIWorker, type NotifyAIJob, type RegisterAIWorkerRequest } from "../../wire/net_pb.gen.ts";
import { registrationErrors } from "../../wire/transcoder-wire.ts";
import { type AiWorkerPool, offersOf } from "./ai-worker-pool.ts";

export type AiWorkerServiceDeps = { readonly secret: string; readonly pool: AiWorkerPool };

async function* registerWorker(
  { secret, capabilities }: RegisterAIWorkerRequest,
  context: Pick<HandlerContext, "signal" | "requestHeader">,
  deps: AiWorkerServiceDeps,
): AsyncGenerator<NotifyAIJob> {
  if (!sameSecret(secret, deps.secret)) throw new ConnectError(registrationErrors.secret, Code.Unknown);
  if (capabilities === undefined || !offersOf(capabilities).some(({ capacity }) => capacity > 0)) {
    throw new ConnectError(registrationErrors.capacity, Code.Unknown);
  }
  const registration = deps.pool.register(context.requestHeader.get(peerAddressHeader) ?? "", capabilities);
  const onGone = () => registration.leave();
  context.signal.addEventListener("abort", onGone, { once: true });
  try {
    if (!context.signal.aborted) yield* registration.notices;
  } finally {
    context.signal.removeEventListener("abort", onGone);
    registration.leave();
  }
}

/** Registers `net.AIWorker`. */
export function registerAiWorkerService(router: ConnectRouter, deps: AiWorkerServiceDeps): void {
  router.service(AIWorker, { registerAIWorker: (request, context) => registerWorker(request, context, deps) });
}
