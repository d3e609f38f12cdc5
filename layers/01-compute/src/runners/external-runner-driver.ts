import { LpError } from "@livepeer-ts/kernel";
import type { RunnerDriver } from "./runner-driver.ts";

/** Runners that somebody else runs: an address, with or without a token. They are watched, never started or stopped. */
export const externalRunnerDriver: RunnerDriver = {
  kind: "external",
  async start({ external, modelId }) {
    if (external === undefined)
      throw new LpError({ code: "runner_not_started", message: `${modelId} has no address: give its "url"` });
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    return { ...external, ended, stop: async () => resolve("it is not used any more") };
  },
  removeOrphans: async () => 0,
};
