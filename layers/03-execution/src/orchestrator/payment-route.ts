import { create, toBinary } from "@bufbuild/protobuf";
import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../http/text-answer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import { PaymentResultSchema } from "../wire/net_pb.gen.ts";
import { segmentWire } from "../wire/segment-wire.ts";
import { buildOrchestratorInfo, type InfoSource } from "./orchestrator-info.ts";
import { type AdmissionDeps, admitWork, Refusal, refusal } from "./work-admission.ts";

export type PaymentRouteDeps = AdmissionDeps & {
  readonly info: InfoSource;
  readonly recipient: PaymentRecipient;
  readonly logger: Logger;
};

/** `POST /payment`: tickets without work, credited to the manifest id. */
export function paymentRoute(deps: PaymentRouteDeps): HttpRoute {
  return {
    name: "payment",
    match: (_request, path) => path === segmentWire.paymentPath,
    async handle(request) {
      try {
        return await servePayment(request, deps);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        deps.logger.info("payment refused", { status: error.status, error: error.message, peer: request.peer.address });
        return textAnswer(error.status, error.message);
      }
    },
  };
}

async function servePayment(request: HttpRequest, deps: PaymentRouteDeps): Promise<HttpResponse> {
  const work = admitWork(request, deps);
  const info = await buildOrchestratorInfo(deps.info, work.sender, work.credentials.capabilities, work.token).catch(
    (cause: unknown) => {
      throw refusal("internal", cause);
    },
  );
  try {
    await deps.recipient.receive(work.payment, work.credentials.manifestId, work.credentials.manifestId);
  } catch (cause) {
    throw new Refusal(400, errorText(cause), cause);
  }
  return {
    status: 200,
    header: new Headers({ "content-type": "application/octet-stream" }),
    body: bodyOf(toBinary(PaymentResultSchema, create(PaymentResultSchema, { info }))),
  };
}
