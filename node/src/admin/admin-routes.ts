import { accountRoutes } from "./account-routes.ts";
import type { AdminRoute } from "./admin-route.ts";
import { aiRoutes } from "./ai-routes.ts";
import { broadcastRoutes } from "./broadcast-routes.ts";
import { gasRoutes } from "./gas-routes.ts";
import { orchestratorRoutes } from "./orchestrator-routes.ts";
import { processRoutes } from "./process-routes.ts";
import { protocolRoutes } from "./protocol-routes.ts";
import { stakingRoutes } from "./staking-routes.ts";
import { statusRoutes } from "./status-routes.ts";
import { ticketBrokerRoutes } from "./ticket-broker-routes.ts";

/** Every route of the admin port. */
export const adminRoutes: readonly AdminRoute[] = [
  ...statusRoutes,
  ...processRoutes,
  ...broadcastRoutes,
  ...orchestratorRoutes,
  ...protocolRoutes,
  ...stakingRoutes,
  ...accountRoutes,
  ...ticketBrokerRoutes,
  ...gasRoutes,
  ...aiRoutes,
];
