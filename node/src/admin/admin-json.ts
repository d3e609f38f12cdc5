type RawJson = { rawJSON(text: string): unknown };

/** JSON with integers of any size as numbers, as the Go node writes them. */
export function adminJson(value: unknown): string {
  const raw = JSON as unknown as RawJson;
  return JSON.stringify(value, (_name, item: unknown) =>
    typeof item === "bigint" ? raw.rawJSON(item.toString()) : item,
  );
}

/** Reads such JSON: integers that a double cannot hold become bigints. Throws `SyntaxError`. */
export function parseAdminJson(text: string): unknown {
  const revive = (_name: string, value: unknown, context: { readonly source?: string }): unknown =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? "")
      ? BigInt(context.source as string)
      : value;
  return JSON.parse(text, revive as (name: string, value: unknown) => unknown);
}
