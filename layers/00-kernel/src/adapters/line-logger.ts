import type { LogFields, Logger } from "../ports/logger.ts";

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;
export type LogLevel = keyof typeof levels;

export type LineLoggerOptions = {
  /** Lines below this level are dropped; a function is asked for every line. */
  readonly level: LogLevel | (() => LogLevel);
  /** `json`: one object a line; `text`: for people. */
  readonly format: "json" | "text";
  readonly write: (line: string) => void;
  /** Names that fields have in the lines, by their names in the program. Default: the same. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  /** Fields, by their names in the lines, that come first, in this order; the rest follows as it was given. */
  readonly firstFields?: readonly string[];
};

function textOf(fields: LogFields): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    parts.push(`${key}=${/[\s"=]/.test(text) ? JSON.stringify(text) : text}`);
  }
  return parts.join(" ");
}

/** The fields as they stand in a line. */
function arranged(fields: LogFields, { fieldNames = {}, firstFields = [] }: LineLoggerOptions): LogFields {
  const named = Object.fromEntries(Object.entries(fields).map(([name, value]) => [fieldNames[name] ?? name, value]));
  const first = firstFields.filter((name) => named[name] !== undefined).map((name) => [name, named[name]] as const);
  return { ...Object.fromEntries(first), ...named };
}

/** Writes one line per entry. */
export function createLineLogger(options: LineLoggerOptions, bound: LogFields = {}): Logger {
  const log = (level: LogLevel, message: string, fields: LogFields = {}) => {
    const least = typeof options.level === "function" ? options.level() : options.level;
    if (levels[level] < levels[least]) return;
    const all = arranged({ ...bound, ...fields }, options);
    const time = new Date().toISOString();
    options.write(
      options.format === "json"
        ? `${JSON.stringify({ time, level, message, ...all }, (_, value) => (typeof value === "bigint" ? value.toString() : value))}\n`
        : `${time} ${level.toUpperCase().padEnd(5)} ${message} ${textOf(all)}\n`,
    );
  };
  return {
    debug: (message, fields) => log("debug", message, fields),
    info: (message, fields) => log("info", message, fields),
    warn: (message, fields) => log("warn", message, fields),
    error: (message, fields) => log("error", message, fields),
    child: (fields) => createLineLogger(options, { ...bound, ...fields }),
  };
}
