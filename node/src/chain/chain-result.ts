/** What a command found or did: an object for programs, lines for people. */
export type ChainResult = { readonly data: Readonly<Record<string, unknown>>; readonly lines: readonly string[] };

/** JSON with integers of any size as decimal texts, and what is absent as null. */
export function toJson(value: unknown): string {
  const replace = (_key: string, item: unknown) => (typeof item === "bigint" ? item.toString() : (item ?? null));
  return JSON.stringify(value, replace, 2);
}

/** Rows in columns, the first left-aligned like all others. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join("  ")
      .trimEnd(),
  );
}

/** An amount of ether or LPT for people: at most four decimals, cut off. */
export function inEther(wei: bigint): string {
  const [whole = "0", fraction = ""] = [wei / 10n ** 18n, (wei % 10n ** 18n).toString().padStart(18, "0")].map(String);
  const shown = fraction.slice(0, 4).replace(/0+$/, "");
  return shown === "" ? whole : `${whole}.${shown}`;
}
