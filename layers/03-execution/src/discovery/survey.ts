import { type Clock, errorText, type Logger } from "@livepeer-ts/kernel";
import type { DirectoryEntry, OrchestratorDirectory } from "../ports/orchestrator-directory.ts";
import type { OrchestratorInfo } from "../wire/net_pb.gen.ts";
import type { OrchestratorClient } from "./orchestrator-client.ts";

/** What one orchestrator says about itself. */
export type SurveyedOrchestrator = {
  readonly entry: DirectoryEntry;
  readonly info: OrchestratorInfo;
  readonly latencyMs: number;
};

export type SurveyDeps = {
  readonly directory: OrchestratorDirectory;
  readonly client: Pick<OrchestratorClient, "getInfo">;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Orchestrators asked at most. */
const maxAsked = 200;
/** Connect and answer. */
const callMs = 3000;

/** Asks every orchestrator of the directory for general information, whether or not it has room; those that do not answer are left out. */
export async function surveyOrchestrators(
  deps: SurveyDeps,
  signal: AbortSignal,
): Promise<readonly SurveyedOrchestrator[]> {
  const { client, clock, logger } = deps;
  const entries = (await deps.directory.list(signal)).slice(0, maxAsked);
  const answers = await Promise.all(
    entries.map(async (entry): Promise<SurveyedOrchestrator | undefined> => {
      const started = clock.mono();
      try {
        const info = await client.getInfo(entry.uri, undefined, {
          ignoreCapacityCheck: true,
          timeoutMs: callMs,
          signal,
        });
        return { entry, info, latencyMs: clock.mono() - started };
      } catch (error) {
        logger.debug("an orchestrator did not answer", { uri: entry.uri, error: errorText(error) });
        return undefined;
      }
    }),
  );
  return answers.filter((answer) => answer !== undefined);
}
