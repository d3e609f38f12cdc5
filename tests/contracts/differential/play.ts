import { simRandom } from "@livepeer-ts/kernel/testing";
import { Revert } from "../model/revert.ts";
import { currentRound } from "../model/rounds.ts";
import { precise } from "../model/shares.ts";
import { type Account, delegatorOf, type World } from "../model/world.ts";
import { Reverted } from "../support/staking-chain.ts";
import { type Beginning, ChainSide, roundLockAmount } from "./chain-side.ts";
import { chainState, type Questions } from "./chain-state.ts";
import { modelState, takeOverRounding } from "./model-state.ts";
import type { Operation } from "./operations.ts";
import { OperationSource } from "./random-operation.ts";
import { differencesOf } from "./within.ts";

/** What happened in histories: how often each operation worked, and how often for which reason it did not. */
export type Tally = {
  readonly done: Map<string, number>;
  readonly refused: Map<string, number>;
  /** Transcoders that lost their place in the pool to a larger one. */
  evictions: number;
};

export const newTally = (): Tally => ({ done: new Map(), refused: new Map(), evictions: 0 });

const ether = 10n ** 18n;
const shownSteps = 12;

/** Parameters that differ from seed to seed; stakes are hundreds of LPT, so a reward is up to a few percent of them. */
export function beginningOf(seed: number): Beginning {
  const random = simRandom(seed, "beginning");
  const pick = <T>(list: readonly T[]) => list[random.u32() % list.length] as T;
  return {
    actors: 10,
    poolSize: pick([2, 3, 4]),
    roundLength: pick([300n, 1000n, 5760n]),
    unbondingPeriod: pick([1n, 2n, 3n]),
    inflation: pick([137n, 20_000n, 100_000n, 1_000_000n]),
    inflationChange: pick([0n, 3n, 5000n]),
    targetBondingRate: pick([0n, 5_000_000n, 500_000_000n]),
    treasuryCut: pick([0n, precise / 10n, precise / 3n]),
    lptPerActor: 10_000n * ether,
    supply: 150_000n * ether,
    etherDeposit: 5000n * ether,
  };
}

/** Plays one random history on both sides; throws at the first step after which they differ. */
export async function playHistory(rpcUrl: string, seed: number, steps: number, tally: Tally): Promise<void> {
  const beginning = beginningOf(seed);
  const side = await ChainSide.begin(rpcUrl, beginning);
  const random = simRandom(seed, "questions");
  const source = new OperationSource(simRandom(seed, "operations"), side.actors);
  const played: string[] = [];
  let world = newWorld(beginning, side.actors);
  for (let step = 0; step < steps; step++) {
    const operation = source.next(world);
    const { after, outcome } = onModel(world, operation);
    played.push(`${step}. ${operation.text} -> ${outcome}`);
    const result = await operation.onChain(side);
    const onChain = result instanceof Reverted ? `refused: ${side.reason(result)}` : "done";
    const differences = onChain === outcome ? [] : [`outcome: the model says ${outcome}, the chain ${onChain}`];
    const events = result instanceof Reverted ? [] : side.events(result);
    differences.push(...differencesOf(new Map([["events", after.events]]), new Map([["events", events]])));
    const questions = someQuestions(after, side.actors, operation, random.u32());
    const state = await chainState(side, questions);
    differences.push(...differencesOf(modelState(after, world, side.actors, questions), state));
    if (differences.length > 0) throw new Error(report(seed, played, differences));
    if (result instanceof Reverted) count(tally.refused, side.reason(result));
    else count(tally.done, operation.name);
    if (isEviction(world, after)) tally.evictions += 1;
    takeOverRounding(after, side.actors, state);
    world = after;
  }
  const questions = allQuestions(world, side.actors);
  const state = await chainState(side, questions);
  const differences = differencesOf(modelState(world, world, side.actors, questions), state);
  if (differences.length > 0) throw new Error(report(seed, [...played, "all past rounds"], differences));
}

function newWorld(beginning: Beginning, actors: readonly Account[]): World {
  return {
    rounds: { block: 0n, length: beginning.roundLength, lockAmount: roundLockAmount, lastInitializedRound: 0n },
    minting: {
      supply: beginning.supply,
      inflation: beginning.inflation,
      inflationChange: beginning.inflationChange,
      targetBondingRate: beginning.targetBondingRate,
      mintable: 0n,
      minted: 0n,
      held: 0n,
    },
    pool: { maxSize: beginning.poolSize, members: [] },
    votes: { accounts: new Map(), totals: new Map() },
    delegators: new Map(),
    transcoders: new Map(),
    unbondingPeriod: beginning.unbondingPeriod,
    currentRoundTotalActiveStake: 0n,
    nextRoundTotalActiveStake: 0n,
    treasuryCut: 0n,
    nextTreasuryCut: beginning.treasuryCut,
    treasuryCeiling: 0n,
    lpt: new Map(actors.map((actor) => [actor, beginning.lptPerActor])),
    minterEther: beginning.etherDeposit,
    events: [],
    wholeEarnings: new Map(),
  };
}

/** The world after an operation; one that is refused changes nothing. */
function onModel(world: World, operation: Operation): { readonly after: World; readonly outcome: string } {
  const after = { ...structuredClone(world), events: [] };
  try {
    operation.onModel(after);
    return { after, outcome: "done" };
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
    return { after: { ...structuredClone(world), events: [] }, outcome: `refused: ${error.reason}` };
  }
}

/** After a step: the locks it may have changed, and votes of a few past rounds (one of them not past). */
function someQuestions(world: World, actors: readonly Account[], operation: Operation, draw: number): Questions {
  const round = currentRound(world);
  const past = (shift: number) => BigInt(draw >>> shift) % (round + 1n);
  const account = (shift: number) => actors[(draw >>> shift) % actors.length] as Account;
  return {
    round,
    locks: new Map(operation.touched.map((name) => [name, delegatorOf(world, name).nextLockId])),
    pastVotes: [
      { account: account(0), round: past(4) },
      { account: account(8), round: past(12) },
    ],
    pastTotals: [past(16)],
    pools: [],
  };
}

/** At the end: everything of all rounds. */
function allQuestions(world: World, actors: readonly Account[]): Questions {
  const round = currentRound(world);
  const rounds = Array.from({ length: Number(round) }, (_, i) => BigInt(i));
  const everybody = actors.flatMap((account) => rounds.map((past) => ({ account, round: past })));
  const locks = new Map(actors.map((account) => [account, delegatorOf(world, account).nextLockId]));
  return { round, locks, pastVotes: everybody, pastTotals: rounds, pools: everybody };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function isEviction(before: World, after: World): boolean {
  const isMissing = (from: World, id: Account) => !from.pool.members.some((member) => member.id === id);
  const hasLeft = before.pool.members.some(({ id }) => isMissing(after, id));
  return hasLeft && after.pool.members.some(({ id }) => isMissing(before, id));
}

function report(seed: number, played: readonly string[], differences: readonly string[]): string {
  const tail = played.slice(-shownSteps);
  return [`seed ${seed}, last steps:`, ...tail, "differences:", ...differences].join("\n  ");
}
