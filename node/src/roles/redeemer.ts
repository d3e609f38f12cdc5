import { createTicketStore } from "@livepeer-ts/data";
import {
  LocalFloats,
  PendingAmounts,
  RedeemerService,
  RedemptionService,
  ticketWonRecord,
} from "@livepeer-ts/economics";
import { grpcRoute, routed } from "@livepeer-ts/execution";
import { createSelfSignedCertificate, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { ActiveStatus } from "@livepeer-ts/protocol";
import { healthRoute } from "../admin/health-route.ts";
import { hostAndPort, isLoopbackHost } from "../flags/bind-address.ts";
import type { RedeemerConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { startChainContext } from "./chain-context.ts";
import { closeNodeDatabases } from "./data-folder.ts";
import { startDuties } from "./duties.ts";
import { createNodeEvents } from "./event-sink.ts";
import type { RunningRole } from "./running-role.ts";

/** A redeemer: takes winners from the orchestrators of one account and redeems them with a key that holds nothing but gas money. */
export async function runRedeemer(config: RedeemerConfig, ports: ProcessPorts): Promise<RunningRole> {
  const { chain, databases, start } = await startChainContext(config, ports);
  const events = createNodeEvents(config.events, `redeemer-${chain.identity}`, databases, ports);
  const store = createTicketStore(databases);
  const pending = new PendingAmounts();
  const active = new ActiveStatus(chain.identity, { ...ports, ...chain });
  await active.start(ports.tasks.signal);
  const redemption = new RedemptionService(
    { redeemGas: chain.redeemGas },
    { ...ports, ...chain, events, active, pending, store, submitter: chain.transactions },
  );
  await redemption.start(ports.tasks);
  startDuties(config.chain.duties, chain, events, ports);
  const service = new RedeemerService(
    { recipient: chain.identity, secret: config.secret },
    {
      ...ports,
      ...chain,
      pending,
      store,
      floats: new LocalFloats({ ...chain, pending }),
      onStored: (winner) => ports.tasks.spawn("ticket.won", () => events.emit(ticketWonRecord(winner))),
    },
  );
  await start();
  const tls = await createSelfSignedCertificate(config.httpAddr.host || "localhost");
  const handler = routed([healthRoute, grpcRoute((router) => service.register(router), ports.clock)]);
  const host = await startHttpHost({ ...config.httpAddr, tls, bodies: config.bodies }, handler, ports.logger);
  if (config.secret === undefined && !isLoopbackHost(config.httpAddr.host))
    ports.logger.warn("whoever reaches this address can hand tickets over and ask for floats", {
      address: hostAndPort(config.httpAddr),
    });
  ports.logger.info("redeemer is ready", {
    port: host.port,
    recipient: chain.identity,
    account: chain.signer.address,
  });
  return {
    subjects: { chain },
    facts: { port: host.port, address: chain.signer.address },
    async stop() {
      await host.stop();
      await ports.tasks.stop();
      await ports.net.stop();
      await closeNodeDatabases(databases);
    },
  };
}
