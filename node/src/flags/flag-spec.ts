export type FlagKind = "string" | "bool" | "int" | "float" | "duration";

/** A role that a flag can be for. */
export type FlagRole = "gateway" | "orchestrator" | "transcoder" | "aiWorker" | "redeemer" | "remoteSigner";

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
  /** A URL, or several, whose path, query or user may hold a key: only scheme and host are printed. */
  readonly url?: true;
  /** Not set is not the same as set to the default: what is shown as the default says when. */
  readonly unsetMeans?: string;
  /** The roles that use it; a node that is none of them says that it does nothing there. Absent: all. */
  readonly roles?: readonly FlagRole[];
  /** Has a meaning on a chain only. */
  readonly onChain?: true;
};

/** Flags about one thing, as `-help` and the reference list them. */
export type FlagGroup = { readonly title: string; readonly flags: readonly FlagSpec[] };

/** An old name of a flag. It is taken, and one line says what to write instead. */
export type DeprecatedFlag = {
  readonly name: string;
  readonly kind: FlagKind;
  readonly fallback: string;
  readonly help: string;
  /** The flag that took its place; undefined when nothing did. */
  readonly use: string | undefined;
  /** The value in the new flag's form. Default: as it is. */
  readonly convert?: (value: string) => string;
};

type Traits = Omit<FlagSpec, "name" | "kind" | "fallback" | "help">;

export function text(name: string, fallback: string, help: string, traits: Traits = {}): FlagSpec {
  return { name, kind: "string", fallback, help, ...traits };
}

export function bool(name: string, fallback: boolean, help: string, traits: Traits = {}): FlagSpec {
  return { name, kind: "bool", fallback: String(fallback), help, ...traits };
}

export function int(name: string, fallback: number, help: string, traits: Traits = {}): FlagSpec {
  return { name, kind: "int", fallback: String(fallback), help, ...traits };
}

export function float(name: string, fallback: number, help: string, traits: Traits = {}): FlagSpec {
  return { name, kind: "float", fallback: String(fallback), help, ...traits };
}

export function duration(name: string, fallback: string, help: string, traits: Traits = {}): FlagSpec {
  return { name, kind: "duration", fallback, help, ...traits };
}

/** The flags, used by this role; by others too where they say so. */
export function onlyFor(role: FlagRole, flags: readonly FlagSpec[]): readonly FlagSpec[] {
  return flags.map((flag) => ({ ...flag, roles: [role, ...(flag.roles ?? [])] }));
}
