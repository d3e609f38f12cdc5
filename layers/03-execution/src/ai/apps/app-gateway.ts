import type { Clock, HttpRoute, Logger, Metrics, Net, Random, Tasks } from "@livepeer-ts/kernel";
import type { NodeSigner } from "../../ports/node-signer.ts";
import type { OrchestratorDirectory } from "../../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../../ports/payment-sender.ts";
import type { SegmentSigner } from "../../ports/segment-signer.ts";
import { AppCalls } from "./app-calls.ts";
import { AppDirectory } from "./app-directory.ts";
import { type AppGatewayOptions, defaultAppGatewayOptions } from "./app-gateway-options.ts";
import { appRoutes } from "./app-routes.ts";
import { AppSessions } from "./app-sessions.ts";
import { RunnerAccess } from "./runner-access.ts";

export type AppGatewayDeps = {
  readonly clock: Clock;
  readonly random: Random;
  /** Towards orchestrators. */
  readonly net: Net;
  /** Towards apps behind them: calls may keep a connection for long, and payments must not wait for one. */
  readonly appNet: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: NodeSigner;
  readonly segmentSigner?: SegmentSigner | undefined;
  readonly payments: PaymentSender;
  readonly directory: OrchestratorDirectory;
};

/** Apps of live runners for the clients of a gateway: mount `routes` before its other routes, call `stop` at the end. */
export type AppGatewayRole = {
  readonly routes: readonly HttpRoute[];
  /** Calls under way, and sessions that are open. */
  running(): { readonly calls: number; readonly sessions: number };
  /** No new calls and sessions, or again some. */
  refuseNew(refuses: boolean): void;
  /** Stops the sessions at their orchestrators too. */
  stop(): Promise<void>;
};

/** Ms for telling orchestrators that sessions are over. */
const farewellMs = 2000;

/** The app side of a gateway as a function of its ports; it does not listen. */
export function startAppGateway(input: Partial<AppGatewayOptions>, deps: AppGatewayDeps): AppGatewayRole {
  const options = { ...defaultAppGatewayOptions, ...input };
  const tasks = deps.tasks.child("app gateway");
  const own = { ...deps, tasks };
  const directory = new AppDirectory(options, own);
  const access = new RunnerAccess(options, own);
  const calls = new AppCalls(options, { ...own, directory, access });
  const sessions = new AppSessions(options, { ...own, calls });
  return {
    routes: appRoutes({ ...own, directory, calls, sessions }),
    running: () => ({ calls: calls.running, sessions: sessions.count }),
    refuseNew(refuses) {
      calls.refusesNew = refuses;
    },
    async stop() {
      const deadline = deps.clock.deadline(farewellMs);
      sessions.endAll();
      await calls.stop(deadline.signal);
      deadline.clear();
      await tasks.stop();
    },
  };
}
