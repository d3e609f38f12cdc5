/** Type numbers of PostgreSQL whose text both engines hand to the same parsers. */
export const sqlTypes = { int8: 20, numeric: 1700 } as const;

/** `int8` and whole `numeric` values as `bigint`; other `numeric` values stay text, for no float may touch money. */
export function parseSqlInteger(text: string): bigint | string {
  return /^-?\d+$/.test(text) ? BigInt(text) : text;
}

/** A parameter in the form that both engines bind exactly. */
export function toSqlParameter(value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
