import type { SlotPool } from "@livepeer-ts/compute";
import type { Clock, HttpHandler, Logger, Metrics, Net, Random, Tasks } from "@livepeer-ts/kernel";
import type { TranscoderBackend } from "@livepeer-ts/media";
import { AuthTokenIssuer } from "../auth/auth-token.ts";
import { defaultCapabilities, mandatoryCapabilities, nodeCapabilities } from "../capabilities/index.ts";
import { grpcRoute } from "../grpc/grpc-route.ts";
import { routed } from "../http/routed.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import type { PaymentRecipient } from "../ports/payment-recipient.ts";
import type { ReceiptIssuer } from "../ports/receipts.ts";
import { ObjectShelf } from "./object-shelf.ts";
import type { InfoSource } from "./orchestrator-info.ts";
import type { OrchestratorOptions } from "./orchestrator-options.ts";
import { registerOrchestratorService } from "./orchestrator-service.ts";
import { paymentRoute } from "./payment-route.ts";
import { segmentRoute } from "./segment-route.ts";
import { SegmentWorker } from "./segment-worker.ts";
import { SessionTable } from "./session-table.ts";

export type OrchestratorDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
  /** Absent = an orchestrator without a transcoder. */
  readonly backend: TranscoderBackend | undefined;
  readonly slots: SlotPool;
  /** Capability numbers of the node; default set when absent. */
  readonly capabilities?: readonly number[];
};

/** A running role: mount `handler` on a host, call `stop` at the end. */
export type Role = { readonly handler: HttpHandler; stop(): Promise<void> };

const sweepMs = 10_000;

/** The orchestrator as a function of its ports; it does not listen. */
export function startOrchestrator(options: OrchestratorOptions, deps: OrchestratorDeps): Role {
  const tasks = deps.tasks.child("orchestrator");
  const tokens = new AuthTokenIssuer({ clock: deps.clock, random: deps.random });
  const shelf = new ObjectShelf(options.objectsPerDirectory);
  const sessions = new SessionTable({ maxSessions: options.maxSessions }, deps.clock, (sessionId) => {
    shelf.dropSession(sessionId);
    const { backend } = deps;
    if (backend !== undefined) tasks.spawn("end session", () => backend.endSession(sessionId));
  });
  const announced = nodeCapabilities({
    capabilities: deps.capabilities ?? defaultCapabilities,
    mandatories: mandatoryCapabilities,
    version: options.version,
  });
  const capabilities = () => announced;
  const info: InfoSource = {
    serviceUri: options.serviceUri,
    nodes: options.nodes,
    capabilities,
    signer: deps.signer,
    recipient: deps.recipient,
    tokens,
  };
  const worker = new SegmentWorker({
    ...deps,
    sessions,
    shelf,
    serviceUri: options.serviceUri,
    version: options.version,
  });
  const common = { ...deps, tokens, capabilities, sessions, info, worker, inputDownloadMs: options.inputDownloadMs };
  deps.clock.every(sweepMs, async () => sessions.sweep(), tasks);
  return {
    handler: routed([
      grpcRoute((router) => registerOrchestratorService(router, common), deps.clock),
      segmentRoute(common),
      paymentRoute(common),
      shelf.route(),
    ]),
    stop: () => tasks.stop(),
  };
}
