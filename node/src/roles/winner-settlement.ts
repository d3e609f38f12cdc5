import {
  LocalFloats,
  PendingAmounts,
  RedeemerClient,
  RedemptionService,
  RemoteFloats,
  type SenderFloats,
  type TicketStore,
  WinnerHandover,
} from "@livepeer-ts/economics";
import type { EventSink } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import type { ActiveStatus } from "@livepeer-ts/protocol";
import type { OrchestratorConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import type { ChainContext } from "./chain-context.ts";

/** What becomes of an orchestrator's winners. */
export type WinnerSettlement = {
  /** Where the recipient keeps them. */
  readonly store: TicketStore;
  readonly pending: PendingAmounts;
  readonly floats: SenderFloats;
  readonly stop: () => Promise<void>;
};

type Deps = ProcessPorts & {
  readonly chain: ChainContext;
  readonly events: EventSink;
  readonly active: ActiveStatus;
  readonly store: TicketStore;
};

/** Each sender that is followed at the redeemer has a connection of its own; calls need some beside these. */
const redeemerConnections = 48;

/** Starts redeeming winners here, or handing them to the redeemer of `-redeemerAddr`. */
export async function startSettlement(redeemer: OrchestratorConfig["redeemer"], deps: Deps): Promise<WinnerSettlement> {
  return redeemer === undefined ? redeemHere(deps) : handOver(redeemer, deps);
}

async function redeemHere(deps: Deps): Promise<WinnerSettlement> {
  const { chain, store, tasks } = deps;
  const pending = new PendingAmounts();
  const redemption = new RedemptionService(
    { redeemGas: chain.redeemGas },
    { ...deps, ...chain, pending, submitter: chain.transactions },
  );
  await redemption.start(tasks);
  return { store, pending, floats: new LocalFloats({ ...chain, pending }), stop: async () => {} };
}

async function handOver(options: NonNullable<OrchestratorConfig["redeemer"]>, deps: Deps): Promise<WinnerSettlement> {
  const { chain, tasks } = deps;
  const net = new NodeNet({ connectionsPerPeer: redeemerConnections });
  const redeemer = new RedeemerClient(options, { ...deps, net });
  const handover = new WinnerHandover({}, { ...deps, redeemer });
  await handover.start(tasks);
  const { pending, store } = handover;
  const fallback = new LocalFloats({ ...chain, pending });
  deps.logger.info("winners are handed over to a redeemer", { redeemer: options.url });
  return {
    store,
    pending,
    floats: new RemoteFloats({}, { ...deps, redeemer, fallback, owner: tasks }),
    stop: () => net.stop(),
  };
}
