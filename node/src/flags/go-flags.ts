import type { DeprecatedFlag, FlagKind, FlagSpec } from "./flag-spec.ts";
import { badFlag, checkFlagValue, parseDurationMs } from "./flag-value.ts";
import { nearestName } from "./suggest.ts";

export type FlagValues = {
  /** Text value by name; booleans are `true` or `false`, numbers are decimal. */
  readonly get: (name: string) => string;
  /** Items of a comma separated value. */
  readonly list: (name: string) => string[];
  readonly bool: (name: string) => boolean;
  readonly int: (name: string) => number;
  readonly float: (name: string) => number;
  readonly ms: (name: string) => number;
  /** True when the flag was given on the command line, in the environment or in the configuration file. */
  readonly isSet: (name: string) => boolean;
  /** What was given, before a file is looked into; undefined when nothing was. */
  readonly written: (name: string) => string | undefined;
  /** One line for each old name that was used. */
  readonly warnings: readonly string[];
};

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

/** One place that values come from, read into `given` only where no earlier place had the flag. */
class Gathering {
  readonly values = new Map<string, string>();
  readonly warnings: string[] = [];
  readonly #specs: ReadonlyMap<string, FlagSpec>;
  readonly #deprecated: ReadonlyMap<string, DeprecatedFlag>;

  constructor(specs: readonly FlagSpec[], deprecated: readonly DeprecatedFlag[]) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#deprecated = new Map(deprecated.map((flag) => [flag.name, flag]));
  }

  kindOf(name: string): FlagKind | undefined {
    return this.#specs.get(name)?.kind ?? this.#deprecated.get(name)?.kind;
  }

  spec(name: string): FlagSpec {
    const spec = this.#specs.get(name);
    if (spec === undefined) throw badFlag(`-${name} is not a flag of this program`);
    return spec;
  }

  /** ` (did you mean -x?)`, or nothing. */
  hint(name: string): string {
    const near = nearestName(name, [...this.#specs.keys(), ...this.#deprecated.keys()]);
    return near === undefined ? "" : ` (did you mean -${near}?)`;
  }

  /** Values of one place, in its order; the last of a name counts there. Throws `bad_flag`. */
  add(found: readonly (readonly [name: string, value: string])[]): void {
    const place = new Map<string, { value: string; writtenAs: string }>();
    for (const [name, value] of found) {
      const old = this.#deprecated.get(name);
      const checked = checkFlagValue(name, old?.kind ?? this.spec(name).kind, value);
      if (old === undefined) {
        this.#put(place, name, checked, name);
        continue;
      }
      this.#warn(old);
      if (old.use !== undefined) this.#put(place, old.use, old.convert?.(checked) ?? checked, name);
    }
    for (const [name, { value }] of place) if (!this.values.has(name)) this.values.set(name, value);
  }

  #put(place: Map<string, { value: string; writtenAs: string }>, name: string, value: string, writtenAs: string) {
    const before = place.get(name);
    if (before !== undefined && before.writtenAs !== writtenAs && before.value !== value) {
      throw badFlag(
        `-${before.writtenAs} and -${writtenAs} are the same flag with different values: give -${name} alone`,
      );
    }
    place.set(name, { value, writtenAs });
  }

  #warn(old: DeprecatedFlag): void {
    const line =
      old.use === undefined
        ? `-${old.name} is deprecated and has no effect: leave it out`
        : `-${old.name} is deprecated: write -${old.use}`;
    if (!this.warnings.includes(line)) this.warnings.push(line);
  }
}

/** Reads flags the way Go's flag package does, then environment, then `-config` file, then defaults. Throws `bad_flag`. */
export function parseGoFlags(
  specs: readonly FlagSpec[],
  sources: FlagSources,
  deprecated: readonly DeprecatedFlag[] = [],
): FlagValues {
  const gathering = new Gathering(specs, deprecated);
  gathering.add(commandLine(sources.args, gathering));
  // an empty variable is what an unset one looks like in many a compose file
  const variables = new Map([...deprecated, ...specs].map((flag) => [flagVariable(flag.name), flag.name]));
  gathering.add(
    [...variables].flatMap(([variable, name]) => {
      const value = sources.env[variable] ?? "";
      return value === "" ? [] : [[name, value] as const];
    }),
  );
  const configPath = gathering.values.get("config");
  if (configPath !== undefined && configPath !== "") gathering.add(configFile(configPath, sources, gathering));

  const { values, warnings } = gathering;
  const fromFiles = new Map<string, string>();
  for (const { name, orFile } of specs) {
    const value = values.get(name);
    const content = orFile && value !== undefined ? sources.readFile(value) : undefined;
    if (content !== undefined) fromFiles.set(name, content.trim());
  }
  const text = (name: string): string => {
    const { fallback } = gathering.spec(name);
    return fromFiles.get(name) ?? values.get(name) ?? fallback;
  };
  return {
    get: text,
    list: (name) => itemsOf(text(name)),
    bool: (name) => text(name) === "true",
    int: (name) => Number(text(name)),
    float: (name) => Number(text(name)),
    ms: (name) => parseDurationMs(text(name)),
    isSet: (name) => values.has(name),
    written: (name) => values.get(name),
    warnings,
  };
}

/** The items of a comma separated value, without spaces around them; empty ones are left out. */
export function itemsOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function commandLine(args: readonly string[], known: Gathering): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match === null) throw badFlag(`unexpected argument "${arg}": flags look like -name value or -name=value`);
    const [, name, inline] = match as unknown as [string, string, string | undefined];
    const kind = known.kindOf(name);
    if (kind === undefined) throw badFlag(`flag provided but not defined: -${name}${known.hint(name)}`);
    let value = inline;
    if (value === undefined && kind === "bool") value = "true";
    if (value === undefined) {
      i++;
      value = args[i];
      if (value === undefined) throw badFlag(`flag needs an argument: -${name}`);
    }
    found.push([name, value]);
  }
  return found;
}

function configFile(path: string, sources: FlagSources, known: Gathering): [string, string][] {
  const content = sources.readFile(path);
  if (content === undefined) throw badFlag(`the configuration file ${path} cannot be read: check -config`);
  const found: [string, string][] = [];
  for (const line of content.split("\n")) {
    const bare = line.replace(/(^|\s)#.*$/, "").trim();
    if (bare === "") continue;
    const cut = bare.indexOf(" ");
    const name = cut < 0 ? bare : bare.slice(0, cut);
    if (known.kindOf(name) === undefined)
      throw badFlag(`config file flag "${name}" not defined in flag set${known.hint(name)}`);
    found.push([name, cut < 0 ? "true" : bare.slice(cut + 1).trim()]);
  }
  return found;
}
