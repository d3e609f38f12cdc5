import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { type Clock, type Logger, LpError, type Net, type Random, type Tasks } from "@livepeer-ts/kernel";
import { nodeCapabilities } from "../../capabilities/node-capabilities.ts";
import { grpcTransport } from "../../grpc/grpc-transport.ts";
import { startWorkerRegistration, type WorkerRegistration } from "../../remote/worker-registration.ts";
import { AIWorker, RegisterAIWorkerRequestSchema } from "../../wire/net_pb.gen.ts";
import { registrationErrors } from "../../wire/transcoder-wire.ts";
import { withAiOffers } from "../orchestrator/ai-capabilities.ts";
import type { AiEngine } from "../ports/ai-engine.ts";
import { runAiTask } from "./ai-task.ts";

export type AiWorkerOptions = {
  /** `https://host:port` of the orchestrator (`-orchAddr`). */
  readonly orchestratorUrl: string;
  /** Shared secret (`-orchSecret`). */
  readonly secret: string;
  /** Version of the node. */
  readonly version: string;
};

export type AiWorkerDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly engine: AiEngine;
};

/** Ms between looks at what the runners can do. */
const lookMs = 2000;

/** A worker of AI jobs for an orchestrator elsewhere; it registers anew when its runners can do something else than it said. */
export function startAiWorker(options: AiWorkerOptions, deps: AiWorkerDeps): WorkerRegistration {
  const client = createClient(AIWorker, grpcTransport(deps.net, options.orchestratorUrl));
  const capabilities = () =>
    withAiOffers(nodeCapabilities({ capabilities: [], version: options.version }), deps.engine.offers());
  const said = () => JSON.stringify(deps.engine.offers().map(({ inUse: _inUse, ...offer }) => offer));
  // whoever registers anew loses the jobs it is at: a model that was loaded can be told of later
  const isIdle = () => deps.engine.offers().every(({ inUse }) => inUse === 0);
  let announced = "";
  const registration = startWorkerRegistration(
    {
      name: "AI worker",
      orchestratorUrl: options.orchestratorUrl,
      open: (signal) => {
        announced = said();
        const request = create(RegisterAIWorkerRequestSchema, { secret: options.secret, capabilities: capabilities() });
        return client.registerAIWorker(request, { signal });
      },
      take: (notice, signal) => runAiTask(notice, options, deps, signal),
      refusalOf: (text) =>
        text.includes(registrationErrors.secret)
          ? new LpError({ code: "bad_secret", message: `${text}: the orchestrator has another -orchSecret` })
          : undefined,
    },
    deps,
  );
  deps.clock.every(
    lookMs,
    async () => {
      if (announced !== "" && said() !== announced && isIdle()) registration.renew();
    },
    deps.tasks,
  );
  return registration;
}
