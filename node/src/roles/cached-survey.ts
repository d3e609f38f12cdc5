import type { SurveyedOrchestrator } from "@livepeer-ts/execution";
import type { Clock } from "@livepeer-ts/kernel";

/** What orchestrators said of themselves is good for this long, ms. */
const surveyMs = 60_000;

/** Asks once within `keepMs`, a minute by default, whoever wants to know. */
export function cachedSurvey(
  ask: () => Promise<readonly SurveyedOrchestrator[]>,
  clock: Pick<Clock, "mono">,
  keepMs = surveyMs,
): () => Promise<readonly SurveyedOrchestrator[]> {
  let last: { readonly at: number; readonly found: Promise<readonly SurveyedOrchestrator[]> } | undefined;
  return () => {
    if (last === undefined || clock.mono() - last.at > keepMs) {
      const found = ask();
      last = { at: clock.mono(), found };
      const forget = () => {
        if (last?.found === found) last = undefined;
      };
      // nobody and nothing are asked for again at once
      found.then((list) => (list.length === 0 ? forget() : undefined), forget);
    }
    return last.found;
  };
}
