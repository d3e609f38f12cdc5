import { type Address, type Hex, toAddress } from "@livepeer-ts/kernel";
import { encodeEventTopics, encodeFunctionData } from "viem";
import {
  controllerAbi,
  governorAbi,
  l2LptDataCacheAbi,
  l2LptGatewayAbi,
  livepeerGovernorAbi,
  livepeerTokenAbi,
  pollCreatorAbi,
  treasuryAbi,
} from "../../abi/index.ts";
import { governorCode, livepeerGovernorCode, pollCreatorCode, treasuryCode } from "../bytecode/index.ts";
import type { ChainSession } from "../chain-session.ts";
import type { DeployParams } from "../deploy-params.ts";
import { governorUpdate, governorUpdateHash } from "../governor-update.ts";
import type { BridgeContracts } from "./bridge.ts";
import type { CoreContracts } from "./core-contracts.ts";
import { type PlanBuilder, type Proxied, registryId } from "./plan-builder.ts";
import { defaultAdminRole } from "./token-supply.ts";

/** Contracts that decide. */
export type GovernanceContracts = {
  readonly governor: Address;
  readonly treasury: Address;
  readonly livepeerGovernor: Proxied;
};

/** Creates the Governor and gives it to its owner, then the treasury and its LivepeerGovernor. */
export function planGovernance(plan: PlanBuilder, params: DeployParams): GovernanceContracts {
  const governor = plan.create(governorCode, governorAbi, []);
  const { owner } = params.governor;
  if (owner !== undefined) planGovernorOwner(plan, governor, owner);
  const treasury = plan.create(treasuryCode, treasuryAbi, []);
  plan.register("Treasury", treasury);
  const livepeerGovernor = plan.createProxied("LivepeerGovernor", livepeerGovernorCode, livepeerGovernorAbi);
  return { governor, treasury, livepeerGovernor };
}

/** The Governor changes its owner only by an update of its own. */
function planGovernorOwner(plan: PlanBuilder, governor: Address, owner: Address): void {
  const data = encodeFunctionData({ abi: governorAbi, functionName: "transferOwnership", args: [owner] });
  const update = governorUpdate([{ to: governor, data }], 0n);
  const hash = governorUpdateHash(update);
  plan.call({
    what: "stage the change of the Governor's owner",
    to: governor,
    abi: governorAbi,
    name: "stage",
    args: [update, 0n],
    verify: async (session) =>
      (await session.read(governorAbi, governor, "updates", [hash])) > 0n ? undefined : "nothing is staged",
    transient: true,
  });
  plan.call({
    what: `give the Governor to ${owner}`,
    to: governor,
    abi: governorAbi,
    name: "execute",
    args: [update],
    verify: async (session) => {
      const found = toAddress(await session.read(governorAbi, governor, "owner", []));
      return found === owner ? undefined : `the Governor belongs to ${found} instead of ${owner}`;
    },
  });
}

/** Sets up treasury and LivepeerGovernor, and leaves the treasury to the latter alone. */
export function planTreasuryVotes(
  plan: PlanBuilder,
  core: CoreContracts,
  governance: GovernanceContracts,
  params: DeployParams,
): void {
  const { treasury } = governance;
  const votes = governance.livepeerGovernor.proxy;
  const adminRole = registryId("TIMELOCK_ADMIN_ROLE");
  const { minDelaySec } = params.treasury;
  plan.call({
    what: "set up the Treasury",
    to: treasury,
    abi: treasuryAbi,
    name: "initialize",
    args: [minDelaySec, [], [], plan.deployer],
    verify: async (session) => {
      if (!(await session.read(treasuryAbi, treasury, "hasRole", [adminRole, treasury]))) return "it is not set up";
      const stranger = (await grantedRoles(session, treasury)).find(
        (account) => ![treasury, plan.deployer, votes].includes(account),
      );
      if (stranger !== undefined) {
        return `somebody else set it up first and gave rights to ${stranger}: begin a new deployment from another account`;
      }
      const found = await session.read(treasuryAbi, treasury, "getMinDelay", []);
      return found === minDelaySec ? undefined : `its delay is ${found} s instead of ${minDelaySec} s`;
    },
  });

  const { votingDelay, votingPeriod, proposalThreshold, quorum, quota } = params.livepeerGovernor;
  plan.call({
    what: "set up the LivepeerGovernor",
    to: votes,
    abi: livepeerGovernorAbi,
    name: "initialize",
    args: [votingDelay, votingPeriod, proposalThreshold, quorum, quota],
    verify: async (session) => {
      const wanted = { votingDelay, votingPeriod, proposalThreshold, quorumNumerator: quorum, quota };
      for (const [getter, value] of Object.entries(wanted)) {
        const name = getter as keyof typeof wanted;
        const found = await session.read(livepeerGovernorAbi, votes, name, []);
        if (found !== value) return `its ${name} is ${found} instead of ${value}`;
      }
      for (const [getter, value] of [
        ["timelock", treasury],
        ["token", core.bondingVotes.proxy],
      ] as const) {
        const found = toAddress(await session.read(livepeerGovernorAbi, votes, getter, []));
        if (found !== value) return `its ${getter} is ${found} instead of ${value}`;
      }
      return undefined;
    },
  });

  const right = { contract: treasury, abi: treasuryAbi };
  for (const [deed, name] of [
    ["queue its calls", "PROPOSER_ROLE"],
    ["cancel its calls", "CANCELLER_ROLE"],
    ["execute its calls", "EXECUTOR_ROLE"],
  ] as const) {
    plan.role({
      ...right,
      what: `let the LivepeerGovernor ${deed}`,
      name: "grantRole",
      role: registryId(name),
      account: votes,
      has: true,
    });
  }
  plan.role({
    ...right,
    what: "give up the deployer's right over the Treasury",
    name: "renounceRole",
    role: adminRole,
    account: plan.deployer,
    has: false,
  });
}

/** Every account that was ever given a role there. A contract like this one cannot be asked who holds its roles. */
async function grantedRoles(session: ChainSession, contract: Address): Promise<Address[]> {
  const [topic] = encodeEventTopics({ abi: treasuryAbi, eventName: "RoleGranted" });
  const filter = { address: contract, fromBlock: "0x0", toBlock: "latest", topics: [topic] };
  const logs = (await session.rpc("eth_getLogs", [filter])) as { topics: readonly Hex[] }[];
  return logs.map((log) => toAddress(`0x${(log.topics[2] as Hex).slice(-40)}`));
}

/** Creates the PollCreator. */
export function planPolls(plan: PlanBuilder, core: CoreContracts): Address {
  return plan.create(pollCreatorCode, pollCreatorAbi, [core.bondingManager.proxy]);
}

/** Lets the protocol run. */
export function planUnpause(plan: PlanBuilder): void {
  plan.call({
    what: "unpause",
    to: plan.controller,
    abi: controllerAbi,
    name: "unpause",
    args: [],
    verify: async (session) =>
      (await session.read(controllerAbi, plan.controller, "paused", [])) ? "the protocol is paused" : undefined,
  });
}

/** Leaves every right of the deployer to the Governor, where the parameters say so. */
export function planHandover(
  plan: PlanBuilder,
  core: CoreContracts,
  governor: Address,
  bridge: BridgeContracts,
  params: DeployParams,
): void {
  if (!params.governor.takesOver) return;
  const ownerIsGovernor = (what: string, contract: Address, abi: typeof controllerAbi | typeof l2LptDataCacheAbi) =>
    plan.call({
      what: `give the ${what} to the Governor`,
      to: contract,
      abi,
      name: "transferOwnership",
      args: [governor],
      verify: async (session) => {
        const found = toAddress((await session.read(controllerAbi, contract, "owner", [])) as Hex);
        return found === governor ? undefined : `the ${what} belongs to ${found} instead of ${governor}`;
      },
    });
  const adminIsGovernor = (what: string, contract: Address, abi: typeof livepeerTokenAbi | typeof l2LptGatewayAbi) => {
    const right = { contract, abi, role: defaultAdminRole };
    plan.role({
      ...right,
      what: `let the Governor hand out rights over ${what}`,
      name: "grantRole",
      account: governor,
      has: true,
    });
    plan.role({
      ...right,
      what: `no longer let the deployer hand out rights over ${what}`,
      name: "renounceRole",
      account: plan.deployer,
      has: false,
    });
  };
  adminIsGovernor("LPT", core.token, livepeerTokenAbi);
  if (bridge.l2Migrator !== undefined) {
    adminIsGovernor("the L2LPTGateway", bridge.gateway, l2LptGatewayAbi);
    ownerIsGovernor("L2LPTDataCache", bridge.dataCache, l2LptDataCacheAbi);
  }
  ownerIsGovernor("Controller", plan.controller, controllerAbi);
}
