import { type Address, toAddress } from "@livepeer-ts/kernel";
import {
  delegatorPoolAbi,
  dummyGatewayAbi,
  dummyL2LptDataCacheAbi,
  l2LptDataCacheAbi,
  l2LptGatewayAbi,
  l2MigratorAbi,
  livepeerTokenAbi,
} from "../../abi/index.ts";
import {
  delegatorPoolCode,
  dummyGatewayCode,
  dummyL2LptDataCacheCode,
  l2LptDataCacheCode,
  l2LptGatewayCode,
  l2MigratorCode,
} from "../bytecode/index.ts";
import type { BridgeParams, DeployParams } from "../deploy-params.ts";
import type { CoreContracts } from "./core-contracts.ts";
import type { PlanBuilder, Proxied } from "./plan-builder.ts";
import { burnerRole, minterRole } from "./token-supply.ts";

/** What joins the network to L1, or stands in its place. */
export type BridgeContracts = {
  readonly dataCache: Address;
  readonly gateway: Address;
  /** Absent where there is no L1 to come from. */
  readonly l2Migrator: Proxied | undefined;
  readonly delegatorPool: Address | undefined;
};

/** The L2 side of the bridge for the L1 contracts the parameters name, or stand-ins on a network of its own. */
export function planBridge(plan: PlanBuilder, core: CoreContracts, params: DeployParams): BridgeContracts {
  if (params.bridge !== undefined) return planArbitrumBridge(plan, core, params.bridge);
  const dataCache = plan.create(dummyL2LptDataCacheCode, dummyL2LptDataCacheAbi, []);
  plan.register("L2LPTDataCache", dataCache);
  const gateway = plan.create(dummyGatewayCode, dummyGatewayAbi, []);
  return { dataCache, gateway, l2Migrator: undefined, delegatorPool: undefined };
}

function planArbitrumBridge(plan: PlanBuilder, core: CoreContracts, l1: BridgeParams): BridgeContracts {
  const { token } = core;
  const dataCache = plan.create(l2LptDataCacheCode, l2LptDataCacheAbi, []);
  plan.register("L2LPTDataCache", dataCache);
  const gateway = plan.create(l2LptGatewayCode, l2LptGatewayAbi, [
    l1.l2GatewayRouter,
    l1.l1LivepeerToken,
    token,
    dataCache,
  ]);
  plan.call({
    what: "tell the L2LPTDataCache its L1LPTDataCache",
    to: dataCache,
    abi: l2LptDataCacheAbi,
    name: "setL1LPTDataCache",
    args: [l1.l1LPTDataCache],
    verify: async (session) => {
      const found = toAddress(await session.read(l2LptDataCacheAbi, dataCache, "l1LPTDataCache", []));
      return found === l1.l1LPTDataCache ? undefined : `it is ${found} instead of ${l1.l1LPTDataCache}`;
    },
  });
  plan.call({
    what: "tell the L2LPTDataCache its gateway",
    to: dataCache,
    abi: l2LptDataCacheAbi,
    name: "setL2LPTGateway",
    args: [gateway],
    verify: async (session) => {
      const found = toAddress(await session.read(l2LptDataCacheAbi, dataCache, "l2LPTGateway", []));
      return found === gateway ? undefined : `it is ${found} instead of ${gateway}`;
    },
  });
  plan.call({
    what: "tell the L2LPTGateway its L1LPTGateway",
    to: gateway,
    abi: l2LptGatewayAbi,
    name: "setCounterpart",
    args: [l1.l1LPTGateway],
    verify: async (session) => {
      const found = toAddress(await session.read(l2LptGatewayAbi, gateway, "l1Counterpart", []));
      return found === l1.l1LPTGateway ? undefined : `it is ${found} instead of ${l1.l1LPTGateway}`;
    },
  });
  for (const [right, role] of [
    ["mint", minterRole],
    ["burn", burnerRole],
  ] as const) {
    plan.role({
      what: `let the L2LPTGateway ${right} LPT`,
      contract: token,
      abi: livepeerTokenAbi,
      name: "grantRole",
      role,
      account: gateway,
      has: true,
    });
  }
  plan.call({
    what: "open the L2LPTGateway",
    to: gateway,
    abi: l2LptGatewayAbi,
    name: "unpause",
    args: [],
    verify: async (session) =>
      (await session.read(l2LptGatewayAbi, gateway, "paused", [])) ? "the gateway is paused" : undefined,
  });

  const delegatorPool = plan.create(delegatorPoolCode, delegatorPoolAbi, []);
  const l2Migrator = plan.createProxied("L2Migrator", l2MigratorCode, l2MigratorAbi);
  plan.call({
    what: "set up the L2Migrator",
    to: l2Migrator.proxy,
    abi: l2MigratorAbi,
    name: "initialize",
    args: [l1.l1Migrator, delegatorPool],
    verify: async (session) => {
      for (const [getter, value] of [
        ["l1MigratorAddr", l1.l1Migrator],
        ["delegatorPoolImpl", delegatorPool],
        ["bondingManagerAddr", core.bondingManager.proxy],
        ["ticketBrokerAddr", core.ticketBroker.proxy],
        ["merkleSnapshotAddr", core.merkleSnapshot],
        ["tokenAddr", token],
      ] as const) {
        const found = toAddress(await session.read(l2MigratorAbi, l2Migrator.proxy, getter, []));
        if (found !== value) return `its ${getter} is ${found} instead of ${value}`;
      }
      return undefined;
    },
  });
  return { dataCache, gateway, l2Migrator, delegatorPool };
}
