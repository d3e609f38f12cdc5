import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { addressFromBytes, LpError } from "@livepeer-ts/kernel";
import type { AuthTokenIssuer } from "../auth/auth-token.ts";
import { verifyOrchestratorRequest } from "../discovery/orchestrator-request.ts";
import { unknownStatus } from "../grpc/grpc-route.ts";
import { anyGateway, type GatewayCheck } from "../ports/gateway-check.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import {
  type EndTranscodingSessionRequest,
  EndTranscodingSessionResponseSchema,
  Orchestrator,
  type OrchestratorInfo,
  type OrchestratorRequest,
  PingPongSchema,
} from "../wire/net_pb.gen.ts";
import { orchestratorErrors } from "../wire/segment-wire.ts";
import { buildOrchestratorInfo, type InfoSource } from "./orchestrator-info.ts";
import type { SessionTable } from "./session-table.ts";

export type OrchestratorServiceDeps = {
  readonly info: InfoSource;
  readonly sessions: SessionTable;
  readonly signer: NodeSigner;
  readonly tokens: Pick<AuthTokenIssuer, "issue" | "check">;
  /** Default: everybody may come. */
  readonly gateways?: GatewayCheck;
};

/** Answers GetOrchestrator. Throws `LpError`s whose messages are the protocol's texts. */
export async function getOrchestrator(
  request: OrchestratorRequest,
  deps: OrchestratorServiceDeps,
): Promise<OrchestratorInfo> {
  if (!verifyOrchestratorRequest(request, deps.signer)) {
    throw new LpError({ code: "bad_request_signature", message: orchestratorErrors.signature });
  }
  if (!deps.sessions.hasRoom()) {
    throw new LpError({ code: "capped", message: orchestratorErrors.capped, retryable: true });
  }
  const gateway = addressFromBytes(request.address);
  await (deps.gateways ?? anyGateway).admit(gateway);
  return buildOrchestratorInfo(deps.info, gateway, request.capabilities);
}

/** Ends the session of a token this node issued. */
export function endTranscodingSession(request: EndTranscodingSessionRequest, deps: OrchestratorServiceDeps): void {
  const token = request.authToken;
  if (token === undefined || deps.tokens.check(token) === "invalid") {
    throw new LpError({ code: "invalid_auth_token", message: orchestratorErrors.authToken });
  }
  deps.sessions.end(token.sessionId);
}

/** Registers `net.Orchestrator`. */
export function registerOrchestratorService(router: ConnectRouter, deps: OrchestratorServiceDeps): void {
  router.service(Orchestrator, {
    async getOrchestrator(request) {
      try {
        return await getOrchestrator(request, deps);
      } catch (error) {
        throw unknownStatus(error);
      }
    },
    endTranscodingSession(request) {
      try {
        endTranscodingSession(request, deps);
        return create(EndTranscodingSessionResponseSchema);
      } catch (error) {
        throw unknownStatus(error);
      }
    },
    ping: (request) => create(PingPongSchema, { value: deps.signer.sign(request.value) }),
  });
}
