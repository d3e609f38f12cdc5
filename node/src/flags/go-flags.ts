import { LpError } from "@livepeer-ts/kernel";

export type FlagKind = "string" | "bool" | "int" | "float" | "duration";

/** One flag as the Go node knows it. Names are single-dash, case-sensitive. */
export type FlagSpec = {
  readonly name: string;
  readonly kind: FlagKind;
  readonly fallback: string;
  readonly help: string;
  /** Value or path of a file that holds it. */
  readonly orFile?: true;
  /** Never printed. */
  readonly secret?: true;
};

export type FlagValues = {
  /** Text value by name; booleans are `true` or `false`. */
  readonly get: (name: string) => string;
  /** Items of a comma separated value. */
  readonly list: (name: string) => string[];
  readonly bool: (name: string) => boolean;
  readonly int: (name: string) => number;
  readonly float: (name: string) => number;
  readonly ms: (name: string) => number;
  /** True when the flag was given on the command line, in the environment or in the configuration file. */
  readonly isSet: (name: string) => boolean;
};

function badFlag(message: string): LpError {
  return new LpError({ code: "bad_flag", message });
}

const durationUnits: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration such as `500ms`, `1m30s` or `0`, in ms. */
export function parseDurationMs(text: string): number {
  if (text === "0") return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
    throw badFlag(`"${text}" is not a duration: write 500ms, 30s or 5m`);
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (durationUnits[part[2] as string] as number), 0);
}

function checkValue(spec: FlagSpec, value: string): string {
  switch (spec.kind) {
    case "bool":
      if (/^(1|t|true|T|TRUE|True)$/.test(value)) return "true";
      if (/^(0|f|false|F|FALSE|False)$/.test(value)) return "false";
      throw badFlag(
        `invalid boolean value "${value}" for -${spec.name}: write -${spec.name}=true or -${spec.name}=false`,
      );
    case "int":
      if (!/^-?\d+$/.test(value))
        throw badFlag(`invalid value "${value}" for flag -${spec.name}: write a whole number`);
      return value;
    case "float":
      if (value.trim() === "" || Number.isNaN(Number(value)))
        throw badFlag(`invalid value "${value}" for flag -${spec.name}: write a number`);
      return value;
    case "duration":
      parseDurationMs(value);
      return value;
    default:
      return value;
  }
}

/** Environment variable of a flag: `LP_` and the name in capitals. */
export function flagVariable(name: string): string {
  return `LP_${name.toUpperCase().replace(/[-./]/g, "_")}`;
}

export type FlagSources = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file, or undefined when it cannot be read or is empty. */
  readonly readFile: (path: string) => string | undefined;
};

/** Reads flags the way Go's flag package does, then environment, then `-config` file, then defaults. Throws `bad_flag`. */
export function parseGoFlags(specs: readonly FlagSpec[], sources: FlagSources): FlagValues {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const given = new Map<string, string>();
  const { args } = sources;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match === null) throw badFlag(`unexpected argument "${arg}": flags look like -name value or -name=value`);
    const [, name, inline] = match as unknown as [string, string, string | undefined];
    const spec = byName.get(name);
    if (spec === undefined) throw badFlag(`flag provided but not defined: -${name}`);
    let value = inline;
    if (value === undefined && spec.kind === "bool") value = "true";
    if (value === undefined) {
      i++;
      value = args[i];
      if (value === undefined) throw badFlag(`flag needs an argument: -${name}`);
    }
    given.set(name, checkValue(spec, value));
  }
  for (const spec of specs) {
    const value = sources.env[flagVariable(spec.name)];
    if (value !== undefined && !given.has(spec.name)) given.set(spec.name, checkValue(spec, value));
  }
  const configPath = given.get("config");
  if (configPath !== undefined && configPath !== "") readConfigFile(configPath, sources, byName, given);

  const text = (name: string): string => {
    const spec = byName.get(name);
    if (spec === undefined) throw badFlag(`-${name} is not a flag of this program`);
    const value = given.get(name) ?? spec.fallback;
    return spec.orFile ? (sources.readFile(value)?.trim() ?? value) : value;
  };
  return {
    get: text,
    list: (name) => itemsOf(text(name)),
    bool: (name) => text(name) === "true",
    int: (name) => Number.parseInt(text(name), 10),
    float: (name) => Number(text(name)),
    ms: (name) => parseDurationMs(text(name)),
    isSet: (name) => given.has(name),
  };
}

/** The items of a comma separated value, without spaces around them; empty ones are left out. */
export function itemsOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function readConfigFile(
  path: string,
  sources: FlagSources,
  byName: ReadonlyMap<string, FlagSpec>,
  given: Map<string, string>,
): void {
  const content = sources.readFile(path);
  if (content === undefined) throw badFlag(`the configuration file ${path} cannot be read: check -config`);
  for (const line of content.split("\n")) {
    const bare = line.replace(/(^|\s)#.*$/, "").trim();
    if (bare === "") continue;
    const cut = bare.indexOf(" ");
    const name = cut < 0 ? bare : bare.slice(0, cut);
    const spec = byName.get(name);
    if (spec === undefined) throw badFlag(`config file flag "${name}" not defined in flag set`);
    if (!given.has(name)) given.set(name, checkValue(spec, cut < 0 ? "true" : bare.slice(cut + 1).trim()));
  }
}
