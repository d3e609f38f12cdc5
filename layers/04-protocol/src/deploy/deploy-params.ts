import { type Hex, LpError, type Wei } from "@livepeer-ts/kernel";
import { devnetParamsJson } from "./devnet-params.gen.ts";

/** What a deployment sets. Bases of shares: Minter 1e9, rounds 1e6, treasury 1e27. */
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
    /** Rounds. */
    readonly unbondingPeriod: bigint;
    readonly numActiveTranscoders: bigint;
    /** 0 leaves the rate as it is, which is 0. */
    readonly treasuryRewardCutRate: bigint;
    /** LPT wei; 0 means no ceiling. */
    readonly treasuryBalanceCeiling: Wei;
  };
  readonly roundsManager: {
    /** Blocks. */
    readonly roundLength: bigint;
    readonly roundLockAmount: bigint;
  };
  readonly ticketBroker: {
    /** Rounds. */
    readonly unlockPeriod: bigint;
    /** Rounds. */
    readonly ticketValidityPeriod: bigint;
  };
  /** Faucet of a test network; absent on others. */
  readonly faucet: { readonly requestAmount: Wei; readonly requestWaitHours: bigint; readonly supply: Wei } | undefined;
  /** LPT wei minted to the deployer; 0 on production networks. */
  readonly deployerSupply: Wei;
};

type Fields = Readonly<Record<string, unknown>>;

/** Reads parameters as a JSON file holds them. Throws `deploy_bad_params` naming the field. */
export function parseDeployParams(json: unknown): DeployParams {
  const root = section({ params: json }, "params", "the parameters");
  const minter = section(root, "minter");
  const bondingManager = section(root, "bondingManager");
  const roundsManager = section(root, "roundsManager");
  const ticketBroker = section(root, "ticketBroker");
  const faucet = root["faucet"] === undefined ? undefined : section(root, "faucet");
  const gitCommitHash = root["gitCommitHash"] ?? `0x${"00".repeat(20)}`;
  if (typeof gitCommitHash !== "string" || !/^0x[0-9a-f]{40}$/.test(gitCommitHash)) {
    throw bad("gitCommitHash", "must be 40 lower-case hexadecimal digits after 0x");
  }
  return {
    chainId: Number(amount(root, "chainId", 1n)),
    gitCommitHash: gitCommitHash as Hex,
    minter: {
      inflation: amount(minter, "minter.inflation", 0n, 10n ** 9n),
      inflationChange: amount(minter, "minter.inflationChange", 0n, 10n ** 9n),
      targetBondingRate: amount(minter, "minter.targetBondingRate", 0n, 10n ** 9n),
    },
    bondingManager: {
      unbondingPeriod: amount(bondingManager, "bondingManager.unbondingPeriod", 0n, 2n ** 64n - 1n),
      numActiveTranscoders: amount(bondingManager, "bondingManager.numActiveTranscoders", 1n),
      treasuryRewardCutRate: amount(bondingManager, "bondingManager.treasuryRewardCutRate", 0n, 10n ** 27n),
      treasuryBalanceCeiling: amount(bondingManager, "bondingManager.treasuryBalanceCeiling", 0n),
    },
    roundsManager: {
      roundLength: amount(roundsManager, "roundsManager.roundLength", 1n),
      roundLockAmount: amount(roundsManager, "roundsManager.roundLockAmount", 0n, 10n ** 6n),
    },
    ticketBroker: {
      unlockPeriod: amount(ticketBroker, "ticketBroker.unlockPeriod", 0n),
      ticketValidityPeriod: amount(ticketBroker, "ticketBroker.ticketValidityPeriod", 1n),
    },
    faucet:
      faucet === undefined
        ? undefined
        : {
            requestAmount: amount(faucet, "faucet.requestAmount", 0n),
            requestWaitHours: amount(faucet, "faucet.requestWaitHours", 0n),
            supply: amount(faucet, "faucet.supply", 0n),
          },
    deployerSupply: amount(root, "deployerSupply", 0n),
  };
}

/** Parameters of the local network: `contracts/deploy/devnet.json`. */
export const devnetDeployParams: DeployParams = parseDeployParams(devnetParamsJson);

function section(parent: Fields, name: string, label = name): Fields {
  const value = parent[name];
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(label, "must be an object");
  return value as Fields;
}

function amount(parent: Fields, path: string, min: bigint, max = 2n ** 256n - 1n): bigint {
  const value = parent[path.slice(path.lastIndexOf(".") + 1)];
  const whole =
    (typeof value === "number" && Number.isSafeInteger(value)) || (typeof value === "string" && /^\d+$/.test(value));
  if (!whole) throw bad(path, "must be a whole number (large ones as a decimal string)");
  const number = BigInt(value as string | number);
  if (number < min || number > max) throw bad(path, `must be between ${min} and ${max}`);
  return number;
}

function bad(path: string, rule: string): LpError {
  return new LpError({
    code: "deploy_bad_params",
    message: `deployment parameters: ${path} ${rule}; see contracts/deploy/devnet.json for an example`,
    details: { path },
  });
}
