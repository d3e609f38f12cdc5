import { ApiError } from "../errors.ts";

/** A column that lists can be filtered and sorted by. */
export type ListField = {
  readonly kind: "text" | "exact" | "number" | "boolean";
  /** SQL of the column, a constant of ours. */
  readonly column: string;
};

export type ListComparison = "=" | ">" | ">=" | "<" | "<=" | "contains";
export type ListFilter = {
  readonly field: ListField;
  readonly comparison: ListComparison;
  readonly value: string | number | boolean;
};

/** A parsed list request. */
export type ListQuery = {
  readonly limit: number;
  readonly offset: number;
  readonly order: readonly { readonly field: ListField; readonly descending: boolean }[];
  readonly filters: readonly ListFilter[];
  readonly count: boolean;
};

const defaultLimit = 20;
const maxLimit = 1_000;
const maxFilters = 20;
const comparisons: Readonly<Record<string, ListComparison>> = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" };

function filterError(reason: string): ApiError {
  return new ApiError(400, `error parsing filters: Error: ${reason}`);
}

function checkValue(field: ListField, id: string, value: unknown): string | number | boolean {
  if (field.kind === "boolean") {
    if (typeof value !== "boolean") throw filterError(`expected boolean value for field "${id}"`);
    return value;
  }
  if (field.kind === "number") {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw filterError(`expected number value for field "${id}"`);
    return value;
  }
  if (typeof value !== "string" && typeof value !== "number")
    throw filterError(`expected string value for field "${id}"`);
  return String(value).slice(0, 500);
}

function parseFilters(text: string, fields: Readonly<Record<string, ListField>>): readonly ListFilter[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw filterError("not JSON");
  }
  if (!Array.isArray(list) || list.length > maxFilters) throw filterError(`expected a list of at most ${maxFilters}`);
  const filters: ListFilter[] = [];
  for (const entry of list as { id?: unknown; value?: unknown }[]) {
    const id = String(entry?.id);
    const field = Object.hasOwn(fields, id) ? fields[id] : undefined;
    if (field === undefined) throw filterError(`unknown field: "${id.slice(0, 60)}"`);
    if (typeof entry.value === "object" && entry.value !== null) {
      for (const [name, value] of Object.entries(entry.value)) {
        const comparison = comparisons[name];
        if (comparison === undefined) throw filterError(`unknown comparison: "${name.slice(0, 60)}"`);
        filters.push({ field, comparison, value: checkValue(field, id, value) });
      }
    } else {
      const comparison = field.kind === "text" ? "contains" : "=";
      filters.push({ field, comparison, value: checkValue(field, id, entry.value) });
    }
  }
  return filters;
}

/** Reads `limit`, `cursor`, `order`, `filters` and `count`. Throws `ApiError` 400 for filters that make no sense. */
export function parseListQuery(
  query: Readonly<Record<string, string | undefined>>,
  fields: Readonly<Record<string, ListField>>,
  defaultOrder: string,
): ListQuery {
  const wanted = Number.parseInt(query["limit"] ?? "", 10);
  const limit = Number.isNaN(wanted) || wanted < 1 ? defaultLimit : Math.min(wanted, maxLimit);
  const skip = /^skip(\d{1,9})$/.exec(query["cursor"] ?? "");
  const order: { field: ListField; descending: boolean }[] = [];
  for (const part of (query["order"] ?? defaultOrder).split(",").slice(0, 10)) {
    const match = /^(.+)-(true|false)$/.exec(part.trim());
    const field = match !== null && Object.hasOwn(fields, match[1] as string) ? fields[match[1] as string] : undefined;
    if (field !== undefined) order.push({ field, descending: match?.[2] === "true" });
  }
  return {
    limit,
    offset: skip === null ? 0 : Number(skip[1]),
    order,
    filters: query["filters"] === undefined || query["filters"] === "" ? [] : parseFilters(query["filters"], fields),
    count:
      query["count"] !== undefined && query["count"] !== "" && query["count"] !== "false" && query["count"] !== "0",
  };
}

/** `Link` header to the next page. */
export function nextPageLink(url: string, query: ListQuery): string {
  const next = new URL(url);
  next.searchParams.set("cursor", `skip${query.offset + query.limit}`);
  return `<${next.toString()}>; rel="next"`;
}
