import { type Clock, LpError, type Net, readBody } from "@livepeer-ts/kernel";

/** A worker's result, on its way to the orchestrator that gave the task. */
export type WorkerResult = {
  /** Where results are brought. */
  readonly url: string;
  readonly header: Headers;
  /** Called once per try. */
  readonly body: () => AsyncIterable<Uint8Array> | Uint8Array;
  /** Ms for one try. */
  readonly timeoutMs: number;
  /** False: the body can be sent only once. */
  readonly isRepeatable: boolean;
};

/** Tries to bring a result to the orchestrator: a task that is settled already is taken without complaint. */
const uploadTries = 3;
const uploadPauseMs = 200;
const maxAnswerBytes = 64 * 1024;

/** Brings a result, again when the way there failed. Rejects with `result_refused`, or the net's own error. */
export async function bringResult(
  result: WorkerResult,
  deps: { readonly net: Net; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const deadline = deps.clock.deadline(result.timeoutMs, signal);
    try {
      const answer = await deps.net.request({
        method: "POST",
        url: result.url,
        protocol: "h2",
        header: result.header,
        body: result.body(),
        signal: deadline.signal,
      });
      const text = new TextDecoder().decode(await readBody(answer.body, maxAnswerBytes)).trim();
      if (answer.status === 200) return;
      throw new LpError({
        code: "result_refused",
        message: `the orchestrator refused the result: ${answer.status} ${text}`,
      });
    } catch (error) {
      const isTransport = error instanceof LpError && error.code.startsWith("net_");
      if (!isTransport || !result.isRepeatable || attempt >= uploadTries || signal.aborted) throw error;
      await deps.clock.sleep(uploadPauseMs * attempt, signal);
    } finally {
      deadline.clear();
    }
  }
}
