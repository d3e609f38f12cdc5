import { type Address, LpError, toAddress } from "@livepeer-ts/kernel";
import { bondingManagerAbi, controllerAbi, governorAbi, livepeerTokenAbi, minterAbi } from "@livepeer-ts/protocol/abi";
import { bondingManagerTargets, type ChainSession, isGovernor, isMadeBy } from "@livepeer-ts/protocol/deploy";
import type { ChainCall } from "./chain-command.ts";
import { type ChainResult, columns, inEther } from "./chain-result.ts";
import { controllerOf, lookUp, openChain } from "./open-chain.ts";
import { readRound, roundLine } from "./read-round.ts";

/** Names every network has in its Controller. */
const requiredNames = [
  "LivepeerToken",
  "Minter",
  "BondingManager",
  "BondingManagerTarget",
  "BondingVotes",
  "BondingVotesTarget",
  "RoundsManager",
  "RoundsManagerTarget",
  "TicketBroker",
  "TicketBrokerTarget",
  "JobsManager",
  "ServiceRegistry",
  "ServiceRegistryTarget",
  "MerkleSnapshot",
  "Treasury",
  "LivepeerGovernor",
  "LivepeerGovernorTarget",
  "L2LPTDataCache",
] as const;
const optionalNames = ["LivepeerTokenFaucet", "L2Migrator", "L2MigratorTarget"] as const;

/** `livepeer chain status`: what is deployed, who owns it, whether it runs. */
export async function statusCommand({ flags }: ChainCall): Promise<ChainResult> {
  const { session } = await openChain(flags);
  const controller = await controllerOf(flags, session);
  const names = [...requiredNames, ...optionalNames];
  const found = await Promise.all(names.map((name) => lookUp(session, controller, name)));
  const contracts = Object.fromEntries(names.map((name, i) => [name, found[i]])) as Record<
    (typeof names)[number],
    Address | undefined
  >;
  const missing = requiredNames.filter((name) => contracts[name] === undefined);
  const isPaused = await session.read(controllerAbi, controller, "paused", []);
  const owner = await ownerOf(session, controller);
  const variant = await variantOf(session, contracts.BondingManagerTarget);
  const round = await readRound(session, contracts.RoundsManager).catch((error: unknown) => {
    // A proxy whose target is not registered yet refuses every read.
    if (missing.includes("RoundsManagerTarget") && !(error instanceof LpError && error.retryable)) return undefined;
    throw error;
  });
  const stake = missing.length > 0 ? undefined : await readStake(session, contracts);
  const block = await session.blockNumber();
  const governs = owner.governorOwner === undefined ? "" : `, the Governor of ${owner.governorOwner}`;
  return {
    data: {
      network: flags.get("network"),
      chainId: session.chainId,
      block,
      controller,
      ...owner,
      isPaused,
      isComplete: missing.length === 0,
      missing,
      contracts,
      bondingManagerVariant: variant,
      round,
      stake,
    },
    lines: [
      ...columns([
        ["chain", `${session.chainId}, block ${block}`],
        ["Controller", controller],
        ["owner", `${owner.owner}${governs}`],
        ["protocol", isPaused ? "paused" : "running"],
        ["BondingManager", variant ?? "none of the known ones"],
        ["round", round === undefined ? "not set up" : roundLine(round)],
        ...(stake === undefined
          ? []
          : [
              ["LPT", `${inEther(stake.totalSupply)}, ${inEther(stake.totalBonded)} of it active stake`],
              ["orchestrators", `${stake.poolSize} of at most ${stake.poolMaxSize}`],
            ]),
      ]),
      "",
      ...columns(Object.entries(contracts).map(([name, address]) => [name, address ?? "-"])),
      ...(missing.length === 0
        ? []
        : [
            "",
            `The deployment did not come to an end (missing: ${missing.join(", ")}): run livepeer chain deploy again with the same key`,
          ]),
    ],
  };
}

async function ownerOf(
  session: ChainSession,
  controller: Address,
): Promise<{ readonly owner: Address; readonly governorOwner: Address | undefined }> {
  const owner = toAddress(await session.read(controllerAbi, controller, "owner", []));
  if (!isGovernor(await session.code(owner))) return { owner, governorOwner: undefined };
  return { owner, governorOwner: toAddress(await session.read(governorAbi, owner, "owner", [])) };
}

async function variantOf(session: ChainSession, target: Address | undefined): Promise<string | undefined> {
  if (target === undefined) return undefined;
  const code = await session.code(target);
  return Object.entries(bondingManagerTargets).find(([, variant]) => isMadeBy(variant.code, code))?.[0];
}

async function readStake(session: ChainSession, contracts: Readonly<Record<string, Address | undefined>>) {
  const { LivepeerToken: token, BondingManager: bonding, Minter: minter } = contracts as Record<string, Address>;
  const [totalSupply, globalSupply, totalBonded, poolSize, poolMaxSize] = await Promise.all([
    session.read(livepeerTokenAbi, token as Address, "totalSupply", []),
    session.read(minterAbi, minter as Address, "getGlobalTotalSupply", []),
    session.read(bondingManagerAbi, bonding as Address, "getTotalBonded", []),
    session.read(bondingManagerAbi, bonding as Address, "getTranscoderPoolSize", []),
    session.read(bondingManagerAbi, bonding as Address, "getTranscoderPoolMaxSize", []),
  ]);
  return { totalSupply, globalSupply, totalBonded, poolSize, poolMaxSize };
}
