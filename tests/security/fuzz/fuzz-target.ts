import type { Logger, Random } from "@livepeer-ts/kernel";

/** A part of the product behind a real socket. */
export type RunningTarget = {
  /** Sends one spoiled message; resolves with what came back in a word or a status. Rejects only when that was no answer. */
  readonly shoot: (random: Random) => Promise<string>;
  /** Rejects when a valid request is not answered as it should be. */
  readonly stillWorks: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type FuzzTarget = {
  readonly name: string;
  /** Its part of all inputs. */
  readonly weight: number;
  /** Answers that are right for a spoiled message. */
  readonly allowed: ReadonlySet<string>;
  readonly start: (logger: Logger) => Promise<RunningTarget>;
};

/** What servers may say to nonsense. */
export const clientFaults = ["200", "400", "401", "402", "403", "404", "405", "411", "413", "415", "422", "431"];
