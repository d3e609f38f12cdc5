import {
  type ChainProjection,
  createNetworkFollower,
  type NetworkFollower,
  type RetentionOptions,
  startRetention,
} from "@livepeer-ts/data";
import { createEventLog, type EventLog, type PlatformDatabase } from "@livepeer-ts/data/platform-db";
import type { Clock, HttpHandler, HttpRequest, Logger, Net, Random, Tasks } from "@livepeer-ts/kernel";
import { createAiJobWindow } from "./ai/ai-job-window.ts";
import { addAiRoutes } from "./ai/ai-routes.ts";
import { createGenerateProxy, isGeneratePath } from "./ai/generate-proxy.ts";
import { createJobStageProxy } from "./ai/job-stage-proxy.ts";
import { createMediaProxy } from "./ai/media-proxy.ts";
import { createAccounts } from "./auth/accounts.ts";
import { createApiApp } from "./http/api-app.ts";
import { fetchHandler } from "./http/fetch-handler.ts";
import { jsonResponse } from "./http/raw-response.ts";
import { createEventsRoute } from "./internal/events-route.ts";
import { logStoppedMachines } from "./network/log-stopped-machines.ts";
import { createNetworkControl } from "./network/network-control.ts";
import { createNetworkFeed } from "./network/network-feed.ts";
import {
  defaultLadder,
  defaultPlatformOptions,
  type PlatformOptions,
  type ResolvedPlatformOptions,
} from "./options.ts";
import { createHlsProxy } from "./playback/hls-proxy.ts";
import { addPlaybackRoutes } from "./playback/playback-routes.ts";
import type { GatewayControl } from "./ports/gateway-control.ts";
import type { LocalNetwork } from "./ports/local-network.ts";
import type { StaticFiles } from "./ports/static-files.ts";
import { addHookRoute, hookPath } from "./streams/hook-routes.ts";
import { addStreamRoutes } from "./streams/stream-routes.ts";
import { createStreams } from "./streams/streams.ts";
import { createWebPages } from "./web/web-pages.ts";

export type PlatformDeps = {
  /** Migrated; the caller closes it after `stop`. */
  readonly database: PlatformDatabase;
  /** The chain's figures, started by the caller; undefined = a network without a chain. */
  readonly chain: ChainProjection | undefined;
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly logger: Logger;
  /** The built web app; undefined = no pages. */
  readonly files: StaticFiles | undefined;
  /** The local network this platform belongs to. */
  readonly local: LocalNetwork | undefined;
  readonly gateway: GatewayControl | undefined;
  readonly retention?: RetentionOptions;
};

/** A running platform. It listens nowhere: mount `handler`. */
export type Platform = {
  readonly handler: HttpHandler;
  /** Key of the first account, for the SDKs. */
  readonly apiKey: string;
  readonly log: EventLog;
  readonly follower: NetworkFollower;
  stop(): Promise<void>;
};

/** Starts the platform on a migrated database. */
export async function startPlatform(input: PlatformOptions, deps: PlatformDeps): Promise<Platform> {
  const options: ResolvedPlatformOptions = { ...defaultPlatformOptions, ...withoutUndefined(input) };
  const { database, chain, clock, random, logger, net, local } = deps;
  const tasks = deps.tasks.child("platform");
  const accounts = createAccounts({ database, clock, random });
  const streams = createStreams(
    { ladder: defaultLadder, activeTimeoutMs: options.activeTimeoutMs },
    { database, clock, random },
  );
  const log = createEventLog({ database, clock });
  const follower = createNetworkFollower({}, { database, log, chain, clock, logger });
  const apiKey = await accounts.bootstrap(options.firstAccount);
  await follower.start(tasks);
  const feed = createNetworkFeed(
    { devnet: options.devnet, activeTimeoutMs: options.activeTimeoutMs, maxReaders: options.maxFeedReaders },
    { database, follower, chain, local, clock, logger },
  );
  feed.start(tasks);
  if (local !== undefined) {
    tasks.signal.addEventListener("abort", logStoppedMachines(local, { log, clock, random, logger }), { once: true });
  }
  const jobs = createAiJobWindow({ database, log, clock, logger });
  jobs.start(tasks);
  startRetention(deps.retention ?? {}, { stores: [log], clock, logger, owner: tasks });

  const app = createApiApp({ accounts, logger, ownCredentials: [hookPath] });
  app.get("/healthz", (context) => context.json({ ok: true }));
  app.get("/api/version", (context) => context.json({ app: "livepeer-ts", version: options.version }));
  app.get("/api/network", async (context) => {
    context.header("cache-control", "no-store");
    return context.json(await feed.state());
  });
  addHookRoute(app, { token: options.internalToken }, { streams, random });
  addStreamRoutes(app, { streams, gateway: deps.gateway, clock, logger });
  addPlaybackRoutes(app, { publicUrl: options.publicUrl }, { streams, follower });
  addAiRoutes(app, { maxRequestBytes: options.maxAiBodyBytes }, { jobs, gateway: deps.gateway, clock, logger });
  app.openAPIRegistry.registerComponent("securitySchemes", "apiKey", { type: "http", scheme: "bearer" });
  app.doc31("/api/openapi.json", {
    openapi: "3.1.0",
    info: { title: "livepeer-ts platform", version: options.version },
  });
  const api = fetchHandler((request) => app.fetch(request), { maxBodyBytes: options.maxApiBodyBytes });

  const events = createEventsRoute(
    { token: options.internalToken, maxBodyBytes: options.maxEventBodyBytes, maxEvents: options.maxEventsPerDelivery },
    { log, logger },
  );
  const control = createNetworkControl({ token: options.internalToken, hosts: options.controlHosts }, local);
  const hls = createHlsProxy(
    { gatewayUrl: options.gatewayUrl, timeoutMs: options.playbackTimeoutMs },
    { streams, net, clock, logger },
  );
  const generate = createGenerateProxy(
    {
      gatewayUrl: options.gatewayUrl,
      publicUrl: options.publicUrl,
      timeoutMs: options.aiTimeoutMs,
      maxBodyBytes: options.maxAiBodyBytes,
      ownHosts: local === undefined ? [] : options.controlHosts,
    },
    { accounts, net, clock, logger },
  );
  const media = createMediaProxy(
    { gatewayUrl: options.gatewayUrl, timeoutMs: options.playbackTimeoutMs },
    { net, clock, logger },
  );
  const stages = createJobStageProxy(
    { gatewayUrl: options.gatewayUrl, timeoutMs: options.playbackTimeoutMs },
    { net, clock, logger },
  );
  const pages = deps.files === undefined ? undefined : createWebPages(deps.files);

  const choose = (request: HttpRequest): HttpHandler => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/hls/")) return hls;
    if (pathname === "/internal/events") return events;
    if (isGeneratePath(pathname)) return generate;
    if (pathname.startsWith("/api/ai/media/")) return media;
    if (pathname.startsWith("/api/ai/jobs/")) return stages;
    if (pathname === "/api/network/events" && request.method === "GET") return feed.events;
    if (pathname.startsWith("/api/network/orchestrators/")) return control;
    if (pathname.startsWith("/api/") || pathname === "/api" || pathname === "/healthz" || pages === undefined)
      return api;
    return pages;
  };

  return {
    apiKey,
    log,
    follower,
    async handler(request) {
      try {
        return await choose(request)(request);
      } catch (error) {
        if (request.signal.aborted) throw error;
        logger.error("a request failed", {
          method: request.method,
          url: request.url,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
        return jsonResponse(500, {
          errors: [`Internal server error: ${error instanceof Error ? error.name : "unknown"}`],
        });
      }
    },
    async stop() {
      await tasks.stop();
      await follower.save();
    },
  };
}

/** Options that were given as `undefined` take their defaults. */
function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
