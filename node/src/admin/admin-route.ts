import type { AdminAnswer } from "./admin-answer.ts";
import type { AdminSubjects } from "./admin-subjects.ts";

/** What a caller must be allowed: nothing, to look, or to change. */
export type AdminScope = "open" | "read" | "transact";

/** One parameter, from the query or a form. */
export type AdminParam = {
  readonly name: string;
  readonly help: string;
  /** Missing or empty is refused with `missing form param: <name>`. */
  readonly isRequired?: true;
};

/** A call of a route. */
export type AdminCall = {
  readonly method: string;
  /** Value of a parameter; empty when it is not there. */
  readonly param: (name: string) => string;
  readonly header: Headers;
  /** The body of a route that has another one than a form. Rejects when it is too large. */
  readonly text: () => Promise<string>;
  readonly subjects: AdminSubjects;
};

/** What comes back on success, for the reference. */
export type AdminResult = "nothing" | "text" | "json" | "bytes";

/** One line of the admin API. */
export type AdminRoute = {
  readonly path: string;
  readonly group: string;
  readonly scope: AdminScope;
  /** One sentence. */
  readonly summary: string;
  readonly params: readonly AdminParam[];
  /** Headers that say more. */
  readonly headers?: readonly AdminParam[];
  readonly result: AdminResult;
  /** Refused with 500 `missing ETH client` off chain. */
  readonly needsChain?: true;
  /** Works while the node is still starting too: it needs the process alone. */
  readonly worksEarly?: true;
  /** Changes something and still takes a GET of a tool that is no browser: go-livepeer's livepeer_cli sends one. */
  readonly allowsGet?: true;
  /** The body is not a form: it is not read before the route runs. */
  readonly hasOtherBody?: true;
  readonly handle: (call: AdminCall) => Promise<AdminAnswer> | AdminAnswer;
  /** What the call would cost; absent: it is no transaction. */
  readonly estimate?: (call: AdminCall) => Promise<AdminAnswer>;
};

/** A parameter that must be given. */
export function required(name: string, help: string): AdminParam {
  return { name, help, isRequired: true };
}

export function optional(name: string, help: string): AdminParam {
  return { name, help };
}
