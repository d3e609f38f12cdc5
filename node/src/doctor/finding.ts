/** An `error` keeps the node from its work; with a `warning` it works worse or less safely. */
export type Severity = "error" | "warning";

/** One thing that is wrong with a set-up. No text holds a secret. */
export type Finding = {
  readonly severity: Severity;
  /** Stable machine name, for example `port_in_use`. */
  readonly code: string;
  /** What was found, one sentence. */
  readonly what: string;
  /** What follows from it. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
};

type Texts = readonly [code: string, what: string, why: string, fix: string];

export function error(...[code, what, why, fix]: Texts): Finding {
  return { severity: "error", code, what, why, fix };
}

export function warning(...[code, what, why, fix]: Texts): Finding {
  return { severity: "warning", code, what, why, fix };
}
