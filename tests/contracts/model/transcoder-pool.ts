import { check } from "./revert.ts";
import { type Account, nobody } from "./world.ts";

/** The transcoders of the next round, the largest stake first. */
export type TranscoderPool = { maxSize: number; members: { id: Account; stake: bigint }[] };

/** Neighbours that a caller expects for an entry; `nobody` where there is none or none is known. */
export type Hint = { readonly prev: Account; readonly next: Account };

export const noHint: Hint = { prev: nobody, next: nobody };

export function isInPool(pool: TranscoderPool, id: Account): boolean {
  return pool.members.some((member) => member.id === id);
}

export function isFull(pool: TranscoderPool): boolean {
  return pool.members.length >= pool.maxSize;
}

export function insert(pool: TranscoderPool, id: Account, stake: bigint, hint: Hint): void {
  check(!isFull(pool), "list is full");
  check(!isInPool(pool, id), "node already in list");
  check(id !== nobody, "node id is null");
  check(stake > 0n, "key is zero");
  pool.members.splice(place(pool, stake, hint), 0, { id, stake });
}

export function remove(pool: TranscoderPool, id: Account): void {
  check(isInPool(pool, id), "node not in list");
  pool.members = pool.members.filter((member) => member.id !== id);
}

/** Moves an entry to where its new stake belongs; one without stake leaves. */
export function update(pool: TranscoderPool, id: Account, stake: bigint, hint: Hint): void {
  remove(pool, id);
  if (stake > 0n) insert(pool, id, stake, hint);
}

/** Index for a new entry. Hints decide only among places that are all in order, which equal stakes make possible. */
function place(pool: TranscoderPool, stake: bigint, hint: Hint): number {
  const { members } = pool;
  const indexOf = (id: Account) => members.findIndex((member) => member.id === id);
  /** Whether the entry fits between the neighbours `at - 1` and `at`. */
  const fits = (at: number) => {
    const [before, after] = [members[at - 1], members[at]];
    return (before === undefined || before.stake >= stake) && (after === undefined || after.stake <= stake);
  };
  const [prev, next] = [indexOf(hint.prev), indexOf(hint.next)];
  const hinted = hint.prev === nobody ? (hint.next === nobody ? -1 : next) : prev === -1 ? -1 : prev + 1;
  const areNeighbours =
    hinted >= 0 && (members[hinted]?.id ?? nobody) === hint.next && (members[hinted - 1]?.id ?? nobody) === hint.prev;
  if (areNeighbours && fits(hinted)) return hinted;

  // A hint on the wrong side of the place is no use; from the rest the list is walked until the entry fits.
  const usablePrev = prev !== -1 && (members[prev]?.stake ?? 0n) >= stake ? prev : undefined;
  const usableNext = next !== -1 && (members[next]?.stake ?? 0n) <= stake ? next : undefined;
  if (usablePrev === undefined && usableNext !== undefined) {
    if (usableNext === members.length - 1 && fits(members.length)) return members.length;
    let at = usableNext;
    while (!fits(at)) at--;
    return at;
  }
  const start = usablePrev ?? 0;
  if (start === 0 && fits(0)) return 0;
  let at = start + 1;
  while (!fits(at)) at++;
  return at;
}
