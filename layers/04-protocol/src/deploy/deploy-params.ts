import type { Address, Hex, Wei } from "@livepeer-ts/kernel";
import { arbitrumLikeParamsJson } from "./arbitrum-like-params.gen.ts";
import { devnetParamsJson } from "./devnet-params.gen.ts";
import { ParamsFields } from "./params-fields.ts";
import { type BondingManagerVariant, bondingManagerVariants } from "./plan/bonding-manager-targets.ts";

/** What a deployment sets. Bases of shares: Minter 1e9, rounds and votes 1e6, treasury cut 1e27. */
export type DeployParams = {
  /** Chain the parameters are meant for; the deployer refuses any other. */
  readonly chainId: number;
  /** 20 bytes recorded with every registration. */
  readonly gitCommitHash: Hex;
  readonly minter: {
    readonly inflation: bigint;
    readonly inflationChange: bigint;
    readonly targetBondingRate: bigint;
  };
  readonly bondingManager: {
    readonly target: BondingManagerVariant;
    /** Rounds. */
    readonly unbondingPeriod: bigint;
    readonly numActiveTranscoders: bigint;
    /** 0 leaves the rate as it is, which is 0. */
    readonly treasuryRewardCutRate: bigint;
    /** LPT wei; 0 means no ceiling. */
    readonly treasuryBalanceCeiling: Wei;
  };
  readonly roundsManager: {
    /** Blocks; on Arbitrum those of L1. */
    readonly roundLength: bigint;
    readonly roundLockAmount: bigint;
    /** Rounds in which LIPs take effect. */
    readonly lipUpgradeRounds: readonly { readonly lip: bigint; readonly round: bigint }[];
  };
  readonly ticketBroker: {
    /** Rounds. */
    readonly unlockPeriod: bigint;
    /** Rounds. */
    readonly ticketValidityPeriod: bigint;
  };
  readonly treasury: {
    /** Seconds between a decision and its execution. */
    readonly minDelaySec: bigint;
  };
  readonly livepeerGovernor: {
    /** Rounds. */
    readonly votingDelay: bigint;
    /** Rounds. */
    readonly votingPeriod: bigint;
    /** LPT wei a proposer must have staked. */
    readonly proposalThreshold: Wei;
    readonly quorum: bigint;
    readonly quota: bigint;
  };
  readonly governor: {
    /** Account that stages updates, a multisignature wallet for instance; the deployer when absent. */
    readonly owner: Address | undefined;
    /** Whether Controller, LPT and bridge are the Governor's in the end. Else they stay the deployer's. */
    readonly takesOver: boolean;
  };
  /** Contracts on L1 that the network's bridge works with; absent on a network without L1. */
  readonly bridge: BridgeParams | undefined;
  /** Faucet of a test network; absent on others. */
  readonly faucet: { readonly requestAmount: Wei; readonly requestWaitHours: bigint; readonly supply: Wei } | undefined;
  /** LPT wei minted to the deployer; 0 on production networks. */
  readonly deployerSupply: Wei;
};

/** Addresses the L2 side of the bridge is told. All are on L1 but the router. */
export type BridgeParams = {
  readonly l2GatewayRouter: Address;
  readonly l1LivepeerToken: Address;
  readonly l1LPTGateway: Address;
  readonly l1LPTDataCache: Address;
  readonly l1Migrator: Address;
};

const milli = 10n ** 6n;
const nano = 10n ** 9n;
const lpt = 10n ** 18n;

/**
 * Reads parameters as a JSON file holds them; `chainId` stands in for one the file does not name.
 * Throws `deploy_bad_params` naming the field.
 */
export function parseDeployParams(json: unknown, chainId?: number): DeployParams {
  const root = ParamsFields.root(json);
  const minter = root.section("minter");
  const bonding = root.section("bondingManager");
  const rounds = root.section("roundsManager");
  const broker = root.section("ticketBroker");
  const faucet = root.has("faucet") ? root.section("faucet") : undefined;
  const treasury = root.has("treasury") ? root.section("treasury") : undefined;
  const votes = root.has("livepeerGovernor") ? root.section("livepeerGovernor") : undefined;
  const governor = root.has("governor") ? root.section("governor") : undefined;
  const bridge = root.has("bridge") ? root.section("bridge") : undefined;
  const lips = rounds.list("lipUpgradeRounds");
  const fallbackChain = chainId === undefined ? undefined : BigInt(chainId);
  const params: DeployParams = {
    chainId: Number(root.amount("chainId", 1n, BigInt(Number.MAX_SAFE_INTEGER), fallbackChain)),
    gitCommitHash: root.text(
      "gitCommitHash",
      /^0x[0-9a-f]{40}$/,
      "must be 40 lower-case hexadecimal digits after 0x",
      `0x${"00".repeat(20)}`,
    ) as Hex,
    minter: {
      inflation: minter.amount("inflation", 0n, nano),
      inflationChange: minter.amount("inflationChange", 0n, nano),
      targetBondingRate: minter.amount("targetBondingRate", 0n, nano),
    },
    bondingManager: {
      target: bonding.choice("target", bondingManagerVariants, "base"),
      unbondingPeriod: bonding.amount("unbondingPeriod", 0n, 2n ** 64n - 1n),
      numActiveTranscoders: bonding.amount("numActiveTranscoders", 1n),
      treasuryRewardCutRate: bonding.amount("treasuryRewardCutRate", 0n, 10n ** 27n),
      treasuryBalanceCeiling: bonding.amount("treasuryBalanceCeiling", 0n),
    },
    roundsManager: {
      roundLength: rounds.amount("roundLength", 1n),
      roundLockAmount: rounds.amount("roundLockAmount", 0n, milli),
      lipUpgradeRounds: lips.map((fields) => ({ lip: fields.amount("lip", 0n), round: fields.amount("round", 1n) })),
    },
    ticketBroker: {
      unlockPeriod: broker.amount("unlockPeriod", 0n),
      ticketValidityPeriod: broker.amount("ticketValidityPeriod", 1n),
    },
    treasury: { minDelaySec: treasury?.amount("minDelaySec", 0n, 2n ** 64n, 0n) ?? 0n },
    livepeerGovernor: {
      votingDelay: votes?.amount("votingDelay", 0n, 2n ** 48n, 1n) ?? 1n,
      votingPeriod: votes?.amount("votingPeriod", 1n, 2n ** 48n, 10n) ?? 10n,
      proposalThreshold: votes?.amount("proposalThreshold", 0n, undefined, 100n * lpt) ?? 100n * lpt,
      quorum: votes?.amount("quorum", 0n, milli, 333_300n) ?? 333_300n,
      quota: votes?.amount("quota", 0n, milli, 500_000n) ?? 500_000n,
    },
    governor: {
      owner: governor?.has("owner") === true ? governor.address("owner") : undefined,
      takesOver: governor?.flag("takesOver") ?? false,
    },
    bridge:
      bridge === undefined
        ? undefined
        : {
            l2GatewayRouter: bridge.address("l2GatewayRouter"),
            l1LivepeerToken: bridge.address("l1LivepeerToken"),
            l1LPTGateway: bridge.address("l1LPTGateway"),
            l1LPTDataCache: bridge.address("l1LPTDataCache"),
            l1Migrator: bridge.address("l1Migrator"),
          },
    faucet:
      faucet === undefined
        ? undefined
        : {
            requestAmount: faucet.amount("requestAmount", 0n),
            requestWaitHours: faucet.amount("requestWaitHours", 0n),
            supply: faucet.amount("supply", 0n),
          },
    deployerSupply: root.amount("deployerSupply", 0n),
  };
  const sections = [root, minter, bonding, rounds, broker, faucet, treasury, votes, governor, bridge, ...lips];
  for (const fields of sections) fields?.end();
  return params;
}

/** Parameter files that come with the program, as they stand in `contracts/deploy/`. */
export const networkParams = { devnet: devnetParamsJson, "arbitrum-like": arbitrumLikeParamsJson } as const;

/** Parameters of the local network: `contracts/deploy/devnet.json`. */
export const devnetDeployParams: DeployParams = parseDeployParams(devnetParamsJson);
