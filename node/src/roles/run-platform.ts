import { join } from "node:path";
import { createChainProjection } from "@livepeer-ts/data";
import { openPlatformDatabase } from "@livepeer-ts/data/platform-db";
import { LpError, toAddress } from "@livepeer-ts/kernel";
import { startHttpHost } from "@livepeer-ts/kernel/adapters";
import { startPlatform } from "@livepeer-ts/platform";
import { readStaticFiles } from "@livepeer-ts/platform/adapters";
import { loadAddressBook, RpcChainReader } from "@livepeer-ts/protocol";
import { JsonRpc } from "@livepeer-ts/protocol/adapters";
import { nodeVersion } from "../node-version.ts";
import { createProcessPorts, type ProcessPorts } from "../process-ports.ts";
import { isSupervised, reportReady, stopOnSignals } from "../supervisor/child-side.ts";
import { httpGatewayControl } from "./http-gateway-control.ts";
import { type PlatformFlags, parsePlatformFlags } from "./platform-flags.ts";
import { supervisedLocalNetwork } from "./supervised-local-network.ts";

async function chainProjection(flags: PlatformFlags, ports: ProcessPorts) {
  if (flags.chainUrls.length === 0) return undefined;
  if (flags.controller === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: "--chain-url needs --controller: give the address of the network's Controller",
    });
  }
  const rpc = new JsonRpc({ urls: flags.chainUrls }, ports);
  const book = await loadAddressBook(new RpcChainReader(rpc), toAddress(flags.controller), ports.tasks.signal);
  const projection = createChainProjection({ startBlock: flags.startBlock }, { ...ports, rpc, book });
  projection.start(ports.tasks);
  return projection;
}

/** The platform: Studio-compatible API, playback, web pages, network page. Runs until a signal ends it. */
export async function runPlatform(args: readonly string[]): Promise<void> {
  const flags = parsePlatformFlags(args, process.env);
  const ports = createProcessPorts("platform", { level: 3, format: "text" });
  const database = await openPlatformDatabase({
    url: flags.databaseUrl,
    dataDir: join(flags.dataDir, "database"),
    cacheDir: flags.cacheDir,
    now: ports.clock.now(),
    logger: ports.logger,
  });
  const platform = await startPlatform(
    {
      internalToken: flags.internalToken,
      gatewayUrl: flags.gatewayUrl,
      publicUrl: flags.publicUrl,
      firstAccount: { email: "owner@localhost", apiKey: flags.apiKey },
      devnet: flags.devnet,
      version: nodeVersion,
    },
    {
      ...ports,
      database,
      chain: await chainProjection(flags, ports),
      files: flags.webDir === undefined ? undefined : await readStaticFiles({ directory: flags.webDir }),
      local: flags.devnet && isSupervised() ? supervisedLocalNetwork() : undefined,
      gateway: httpGatewayControl({ gatewayUrl: flags.gatewayUrl, token: flags.internalToken }, ports),
    },
  );
  const host = await startHttpHost({ host: flags.host, port: flags.port }, platform.handler, ports.logger);
  ports.logger.info("platform is ready", { url: host.url });
  stopOnSignals(async () => {
    await host.stop();
    await platform.stop();
    await ports.tasks.stop();
    await ports.net.stop();
    await database.close();
  });
  reportReady({ port: host.port, apiKey: platform.apiKey });
}
