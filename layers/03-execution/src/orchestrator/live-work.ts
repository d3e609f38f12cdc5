import type { HttpRoute, MessageSocketDialer, Net, Rational, Tasks } from "@livepeer-ts/kernel";
import { TrickleStore, trickleRoute } from "@livepeer-ts/media";
import {
  type ByocOrchestrator,
  type ByocOrchestratorDeps,
  startByocOrchestrator,
} from "../ai/byoc/byoc-orchestrator.ts";
import type { CapabilityPrices } from "../ai/byoc/external-capabilities.ts";
import { type LiveRunnerOptions, parseLiveRunnerOptions } from "../ai/live-runner/live-runner-options.ts";
import { type LiveRunners, type LiveRunnersDeps, startLiveRunners } from "../ai/live-runner/live-runners.ts";
import { type ServerlessOptions, type ServerlessWork, startServerlessWork } from "../ai/serverless/serverless-work.ts";

/** What an orchestrator does beside transcoding for others' applications. */
export type LiveWork = {
  /** Towards runners and workers: the operator's own, or who knows the secret. */
  readonly runnerNet: Net;
  /** Applications behind the node. Undefined: none. */
  readonly runners:
    | {
        readonly options: Partial<Omit<LiveRunnerOptions, "serviceUri">> & Pick<LiveRunnerOptions, "secret">;
        /** Wei of one US dollar; undefined: nobody knows. */
        readonly weiPerUsd: () => Rational | undefined;
      }
    | undefined;
  /** Capabilities that workers register. Undefined: none. */
  readonly byoc: { readonly secret: string; readonly prices: CapabilityPrices } | undefined;
  /** A runner that answers at a WebSocket. Absent: none. */
  readonly serverless?: { readonly options: ServerlessOptions; readonly sockets: MessageSocketDialer } | undefined;
};

export type LiveWorkDeps = Omit<LiveRunnersDeps, "trickle" | "runnerNet" | "weiPerUsd"> &
  Omit<ByocOrchestratorDeps, "trickle" | "net" | "prices"> & {
    /** True while no new work is taken. Default: never. */
    readonly isShut?: () => boolean;
  };

/** Running: mount `routes` before those of the node. */
export type RunningLiveWork = {
  readonly routes: readonly HttpRoute[];
  readonly trickle: TrickleStore;
  readonly runners: LiveRunners | undefined;
  readonly byoc: ByocOrchestrator | undefined;
  readonly serverless: ServerlessWork | undefined;
};

/** Trickle channels, and whoever makes them. */
export function startLiveWork(serviceUri: string, work: LiveWork, deps: LiveWorkDeps, tasks: Tasks): RunningLiveWork {
  const trickle = new TrickleStore({}, { clock: deps.clock, tasks });
  const common = { ...deps, tasks, trickle };
  const { runners: wanted, byoc: external, runnerNet } = work;
  const runners =
    wanted === undefined
      ? undefined
      : startLiveRunners(parseLiveRunnerOptions({ ...wanted.options, serviceUri }), {
          ...common,
          runnerNet,
          weiPerUsd: wanted.weiPerUsd,
        });
  const byoc =
    external === undefined
      ? undefined
      : startByocOrchestrator(
          { secret: external.secret, serviceUri },
          { ...common, net: runnerNet, prices: external.prices },
        );
  const serverless =
    work.serverless === undefined
      ? undefined
      : startServerlessWork(work.serverless.options, {
          ...common,
          sockets: work.serverless.sockets,
          serviceUri,
          isShut: deps.isShut ?? (() => false),
        });
  return {
    routes: [
      ...(runners?.routes ?? []),
      trickleRoute({ store: trickle, clock: deps.clock }),
      ...(byoc?.routes ?? []),
      ...(serverless?.routes ?? []),
    ],
    trickle,
    runners,
    byoc,
    serverless,
  };
}
