import { type Clock, errorText, type Logger, LpError, type Tasks } from "@livepeer-ts/kernel";
import type { AccessCheck } from "../../ports/access-check.ts";
import type { AdmittedStream, StreamRegistry } from "../stream-registry.ts";

export type AccessRecheckDeps = {
  readonly registry: Pick<StreamRegistry, "admitted">;
  readonly access: AccessCheck;
  readonly clock: Pick<Clock, "mono">;
  readonly tasks: Tasks;
  readonly logger: Logger;
};

/**
 * Asks again whether running streams may go on, each once in `intervalMs`. Only a clear refusal ends one: an answer that does not
 * come, or says that the asked side is in trouble, leaves it running.
 */
export async function recheckAccess(intervalMs: number, deps: AccessRecheckDeps): Promise<void> {
  const { clock, tasks } = deps;
  const due = deps.registry.admitted.filter(({ askedAt }) => clock.mono() - askedAt >= intervalMs);
  await Promise.all(due.map((admitted) => recheckOne(admitted, deps, tasks.signal)));
}

async function recheckOne(admitted: AdmittedStream, deps: AccessRecheckDeps, signal: AbortSignal): Promise<void> {
  const { stream, url } = admitted;
  const { manifestId } = stream;
  admitted.askedAt = deps.clock.mono();
  try {
    await deps.access.check(url, signal, { manifestId });
  } catch (error) {
    if (isRefusal(error)) {
      deps.logger.info("access was revoked", { manifestId, error: errorText(error) });
      await stream.end(`access was revoked: ${errorText(error)}`);
    } else if (!signal.aborted) {
      deps.logger.warn("the access check gives no clear answer; the stream goes on", {
        manifestId,
        error: errorText(error),
      });
    }
  }
}

/** A refusal that was meant: not "too many requests", not "try later", not an answer that makes no sense. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof LpError) || error.code !== "access_denied") return false;
  const status = Number(error.details["status"] ?? 0);
  return status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
}
