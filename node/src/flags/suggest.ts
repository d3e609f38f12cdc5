/** Steps from one text to the other: a letter put in, taken out, changed, or two swapped. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] as number) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

/** The name that was probably meant; undefined when none is near. Capitals do not count. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const wanted = written.slice(0, 64).toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 4));
  let nearest: { name: string; steps: number } | undefined;
  for (const name of names) {
    const steps = distance(wanted, name.toLowerCase());
    if (steps <= allowed && steps < (nearest?.steps ?? Number.POSITIVE_INFINITY)) nearest = { name, steps };
  }
  return nearest?.name;
}
