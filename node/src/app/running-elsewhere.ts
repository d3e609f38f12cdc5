import { LpError } from "@livepeer-ts/kernel";
import { pause } from "./pause.ts";

/** Between two looks whether an app that others run is still there. */
const lookMs = 5000;
/** One look. */
const answerMs = 5000;
/** Looks in a row that may fail. */
const maxFailures = 3;

/**
 * An app that somebody else runs at the URL. Resolves, once it has answered, with a promise of how it went away; the signal ends the
 * looks. Throws `app_not_there`.
 */
export async function watchElsewhere(
  url: string,
  health: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<string> }> {
  const first = await problemAt(url, health, signal);
  if (first !== undefined) {
    throw new LpError({
      code: "app_not_there",
      message: `${first}: start the app there first, or leave --no-start out`,
    });
  }
  const watch = async (): Promise<string> => {
    let failures = 0;
    let last: string | undefined;
    while (failures < maxFailures) {
      await pause(lookMs, signal);
      if (signal.aborted) return new Promise(() => {}); // nobody waits any more
      last = await problemAt(url, health, signal);
      failures = last === undefined ? 0 : failures + 1;
    }
    return last ?? "";
  };
  return { ended: watch() };
}

async function problemAt(url: string, health: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  const place = `${url}${health ?? "/"}`;
  try {
    const answer = await fetch(place, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    await answer.body?.cancel();
    return health === undefined || answer.status === 200 ? undefined : `${place} answers ${answer.status}`;
  } catch {
    return `${place} does not answer`;
  }
}
