import { zeroAddress } from "@livepeer-ts/kernel";
import type { GasChain } from "./gas-chain.ts";
import type { GasNotes } from "./gas-notes.ts";

const size = 100;

/**
 * The originals' report on pool sizes: transcoders with stakes of 1 to 100 wei fill the pool, then each of the dearest
 * moves is made without and with hints, each on the same state.
 */
export async function measureFullPool(chain: GasChain, notes: GasNotes): Promise<void> {
  const transcoders = Array.from({ length: size }, (_, i) => chain.account(i).address);
  const newcomer = chain.account(size).address;
  const delegator = chain.account(size + 1).address;
  const at = (index: number) => {
    const found = transcoders.at(index);
    if (found === undefined) throw new Error(`the pool has no transcoder ${index}`);
    return found;
  };
  const first = at(size - 1);
  const second = at(size - 2);
  const none = zeroAddress;

  const bonding = (from: typeof none, name: string, ...args: readonly unknown[]) =>
    chain.call(from, "BondingManager", name, args);
  const selfBond = async (account: typeof none, amount: bigint) => {
    await chain.approve(account, amount);
    return bonding(account, "bond", amount, account);
  };
  /** The same move without and with hints, each after `prepare` and taken back. */
  const both = async (
    what: string,
    prepare: () => Promise<unknown>,
    plain: () => Promise<number>,
    hinted: () => Promise<number>,
  ) => {
    for (const [kind, move] of [
      ["without hint", plain],
      ["with hint", hinted],
    ] as const) {
      await chain.apart(async () => {
        await prepare();
        notes.add(`${what}, ${kind}`, await move());
      });
    }
  };

  await chain.call(at(0), "BondingManager", "setNumActiveTranscoders", [BigInt(size)]);
  for (const [i, account] of transcoders.entries()) await selfBond(account, BigInt(i + 1));
  await chain.nextRound();

  await both(
    "pool of 100: transcoder, joins last and evicts",
    async () => {
      await selfBond(at(1), 1n);
      await selfBond(at(0), 1n);
      await selfBond(newcomer, 2n); // not enough: the last one has 2 as well
      await bonding(at(0), "unbond", 1n);
    },
    () => bonding(newcomer, "transcoder", 1n, 1n),
    () => bonding(newcomer, "transcoderWithHint", 1n, 1n, at(2), none),
  );

  await both(
    "pool of 100: bond, joins last and evicts",
    async () => {
      await selfBond(at(1), 1n);
      await chain.approve(newcomer, 2n);
    },
    () => bonding(newcomer, "bond", 2n, newcomer),
    () => bonding(newcomer, "bondWithHint", 2n, newcomer, none, none, at(2), none),
  );
  await both(
    "pool of 100: bond, joins first and evicts",
    () => chain.approve(newcomer, BigInt(size + 1)),
    () => bonding(newcomer, "bond", BigInt(size + 1), newcomer),
    () => bonding(newcomer, "bondWithHint", BigInt(size + 1), newcomer, none, none, none, second),
  );
  await both(
    "pool of 100: bond, moves stake so that first and last change places",
    async () => {
      const amount = BigInt(size - 1);
      await selfBond(at(0), 1n);
      await bonding(first, "unbond", amount);
      await chain.approve(delegator, amount);
      await bonding(delegator, "bond", amount, first);
    },
    () => bonding(delegator, "bond", 0n, at(1)),
    () => bonding(delegator, "bondWithHint", 0n, at(1), at(1), none, none, second),
  );
  await both(
    "pool of 100: bond, to the first",
    () => chain.approve(delegator, 100n),
    () => bonding(delegator, "bond", 100n, first),
    () => bonding(delegator, "bondWithHint", 100n, first, none, none, none, second),
  );

  notes.addAverage("pool of 100: bond, average of the four with hint", /^pool of 100: bond, .* with hint$/);

  await both(
    "pool of 100: unbond, first becomes last",
    () => selfBond(at(0), 1n),
    () => bonding(first, "unbond", BigInt(size - 1)),
    () => bonding(first, "unbondWithHint", BigInt(size - 1), at(1), none),
  );
  await both(
    "pool of 100: unbond, first stays first",
    () => selfBond(at(0), 1n),
    () => bonding(first, "unbond", 1n),
    () => bonding(first, "unbondWithHint", 1n, none, second),
  );

  await both(
    "pool of 100: rebond, last stays last",
    async () => {
      await selfBond(at(0), 1n);
      await selfBond(at(1), 1n);
      await bonding(at(0), "unbond", 1n);
    },
    () => bonding(at(0), "rebond", 0n),
    () => bonding(at(0), "rebondWithHint", 0n, at(2), none),
  );
  await both(
    "pool of 100: rebond, first stays first",
    () => bonding(first, "unbond", 1n),
    () => bonding(first, "rebond", 0n),
    () => bonding(first, "rebondWithHint", 0n, none, second),
  );

  await both(
    "pool of 100: rebondFromUnbonded, comes back last",
    () => bonding(at(0), "unbond", 1n),
    () => bonding(at(0), "rebondFromUnbonded", at(0), 0n),
    () => bonding(at(0), "rebondFromUnbondedWithHint", at(0), 0n, at(1), none),
  );
  await both(
    "pool of 100: rebondFromUnbonded, comes back first",
    () => bonding(first, "unbond", BigInt(size)),
    () => bonding(first, "rebondFromUnbonded", first, 0n),
    () => bonding(first, "rebondFromUnbondedWithHint", first, 0n, none, second),
  );

  await chain.nextRound();
  const rewards: number[] = [];
  for (const account of transcoders.slice(1)) rewards.push(await bonding(account, "reward"));
  notes.add("pool of 100: reward, cheapest of the others", Math.min(...rewards));
  notes.add("pool of 100: reward, dearest of the others", Math.max(...rewards));
  await both(
    "pool of 100: reward, by the last",
    () => Promise.resolve(),
    () => bonding(at(0), "reward"),
    () => bonding(at(0), "rewardWithHint", at(1), none),
  );
}
