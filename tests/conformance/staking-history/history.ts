import { panic } from "../../contracts/support/revert-reason.ts";

/** A recorded staking history: calls, and the state of the reference contracts after each. */
export type StakingHistory = {
  readonly setup: {
    /** Blocks. */
    readonly roundLength: number;
    /** The accounts are A0, A1, … */
    readonly accounts: number;
    readonly numActiveTranscoders: number;
    /** Rounds. */
    readonly unbondingPeriod: number;
    readonly minter: {
      readonly inflation: number;
      readonly inflationChange: number;
      readonly targetBondingRate: number;
    };
    readonly treasuryRewardCutRate: string | number;
    readonly treasuryBalanceCeiling: string | number;
    /** LPT wei on L1. */
    readonly l1CirculatingSupply: string | number;
    /** LPT wei. */
    readonly initialSupply: string | number;
  };
  readonly steps: readonly StakingStep[];
};

/** A call of one account, or of the `system`, with its outcome and the state after it. */
export type StakingStep = {
  readonly op: string;
  readonly who: string;
  readonly args: readonly (string | number)[];
  /** `ok`, `revert: <text>`, `revert: (empty)` or a panic's code. */
  readonly result: string;
  readonly after: { readonly accounts: Readonly<Record<string, Readonly<Record<string, unknown>>>> } & Readonly<
    Record<string, unknown>
  >;
};

/** Reads the parts of a history that a replay depends on. */
export function readStakingHistory(file: unknown): StakingHistory {
  const { setup, steps } = (file ?? {}) as Partial<StakingHistory>;
  if (typeof setup !== "object" || !Array.isArray(steps))
    throw new Error("a staking history has the fields `setup` and `steps`");
  if (!Number.isSafeInteger(setup.accounts) || setup.accounts < 1)
    throw new Error("setup.accounts is the number of accounts: write 1 or more");
  return { setup, steps };
}

/** A whole number as a setup writes it: `20`, `"20"`, `"20e18"`, each maybe with words after it. */
export function readAmount(value: string | number | undefined, name: string): bigint {
  const [, digits, exponent = "0"] = /^(\d+)(?:e(\d+))?(?:\s|$)/.exec(String(value)) ?? [];
  if (digits === undefined) throw new Error(`setup.${name} is not a whole number: ${JSON.stringify(value)}`);
  return BigInt(digits) * 10n ** BigInt(exponent);
}

/** An outcome in one form: panics are written in several. */
export function normalResult(result: string): string {
  if (!/panic/i.test(result)) return result;
  const code = /0x[0-9a-f]+/i.exec(result)?.[0] ?? /\d+/.exec(result)?.[0];
  return code === undefined ? result : panic(BigInt(code));
}
