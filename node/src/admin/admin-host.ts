import type { Logger } from "@livepeer-ts/kernel";
import { type HttpHost, startHttpHost } from "@livepeer-ts/kernel/adapters";
import type { CommonConfig } from "../flags/node-config.ts";
import { adminHandler } from "./admin-handler.ts";
import { adminRoutes } from "./admin-routes.ts";
import type { ProcessSubjects, RoleSubjects } from "./admin-subjects.ts";

/** Connections at once: tools, probes and Prometheus. */
const maxConnections = 256;

/** The admin port of a process. */
export type AdminHost = HttpHost & {
  /** The role is up: from here on every route works. */
  attach(role: RoleSubjects): void;
};

/** Listens from the first moment on, with what the process has: health, metrics, log level. Rejects with `port_in_use`. */
export async function startAdminHost(
  { cliAddr, cliTokens }: Pick<CommonConfig, "cliAddr" | "cliTokens">,
  subjects: ProcessSubjects,
  logger: Logger,
): Promise<AdminHost> {
  let role: RoleSubjects | undefined;
  const access = { ...cliTokens, bindHost: cliAddr.host };
  const handler = adminHandler(
    adminRoutes,
    access,
    () => ({ ...subjects, ...role, isReady: role !== undefined }),
    logger,
  );
  const host = await startHttpHost({ ...cliAddr, maxConnections }, handler, logger);
  logger.info("the admin port is open", { url: host.url });
  return {
    ...host,
    attach(found) {
      role = found;
      subjects.drain.attach(found.capacity);
    },
  };
}
