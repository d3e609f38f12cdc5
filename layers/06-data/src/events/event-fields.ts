/** Reading of event payloads that other processes sent: what has the wrong type is treated as absent. */
export type EventData = Readonly<Record<string, unknown>>;

export function textOf(data: EventData, field: string): string | null {
  const value = data[field];
  return typeof value === "string" ? value : null;
}

export function numberOf(data: EventData, field: string): number {
  const value = data[field];
  if (typeof value !== "number" || !Number.isFinite(value)) return 0;
  return Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** A whole number that fits 63 bits; null when it is none. */
export function int8Of(data: EventData, field: string): bigint | null {
  const value = integerOf(data, field);
  return value === null || value >= 2n ** 63n ? null : value;
}

/** A whole number given as decimal text or as a number; null when it is neither. */
export function integerOf(data: EventData, field: string): bigint | null {
  const value = data[field];
  if (typeof value === "string" && /^\d{1,78}$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  return null;
}

export function listOf(data: EventData, field: string): readonly unknown[] {
  const value = data[field];
  return Array.isArray(value) ? value : [];
}

/** The entries of a list that are objects. */
export function objectsOf(data: EventData, field: string): readonly EventData[] {
  return listOf(data, field).filter((item): item is EventData => typeof item === "object" && item !== null);
}

/** Undefined where there is none. */
export function objectOf(data: EventData, field: string): EventData | undefined {
  const value = data[field];
  return typeof value === "object" && value !== null ? (value as EventData) : undefined;
}

export function textsOf(data: EventData, field: string): readonly string[] {
  return listOf(data, field).filter((item): item is string => typeof item === "string");
}

/** JSON text that PostgreSQL stores: without NUL characters and half surrogates, which its `jsonb` refuses. */
export function storableJson(data: EventData): string {
  return JSON.stringify(data, (_name, value) => (typeof value === "string" ? storableText(value) : value));
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "");
}
