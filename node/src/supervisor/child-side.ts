/** True when this process was started by a supervisor. */
export function isSupervised(): boolean {
  return process.send !== undefined;
}

/** Tells the supervisor that work can come, with ports and addresses. */
export function reportReady(facts: Readonly<Record<string, string | number>>): void {
  process.send?.({ type: "ready", facts });
}

const endAtOnce = () => process.exit(1);

/** A supervised process that is still starting ends with its supervisor; `stopOnSignals` takes over when it is ready. */
export function endWithSupervisor(): void {
  if (isSupervised()) process.once("disconnect", endAtOnce);
}

/** What stopping may take beside the waits that it announces, ms. */
const stopMs = 10_000;

/**
 * Calls `stop` once on SIGINT, SIGTERM, or when the supervisor is gone, then exits; a second signal ends its waits. Returns the same
 * for others to call. `waitMs`: how long `stop` may wait for running work.
 */
export function stopOnSignals(stop: (hurry: AbortSignal) => Promise<void>, waitMs = 0): () => void {
  const hurry = new AbortController();
  let stopping = false;
  const shutdown = () => {
    if (stopping) {
      hurry.abort(new Error("a second signal came"));
      return;
    }
    stopping = true;
    const timer = setTimeout(() => process.exit(1), waitMs + stopMs);
    timer.unref();
    stop(hurry.signal).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", shutdown);
  process.on("SIGINT", () => {
    // Ctrl-C reaches the whole group: a supervised process waits for its supervisor
    if (!isSupervised()) shutdown();
  });
  if (isSupervised()) whenSupervisorIsGone(shutdown);
  return shutdown;
}

/** Calls `then` when the supervisor is gone, instead of ending at once. */
export function whenSupervisorIsGone(then: () => void): void {
  process.off("disconnect", endAtOnce);
  process.on("disconnect", then);
  if (!process.connected) then();
}
