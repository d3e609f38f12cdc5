import { type Clock, type Net, readAnswer } from "@livepeer-ts/kernel";
import { segmentWire } from "../../wire/segment-wire.ts";
import { byocWire } from "./byoc-wire.ts";
import { type ByocJob, writeJobHeader } from "./job-header.ts";

/** A call about a stream to its orchestrator. */
export type StreamCall = {
  readonly action: "start" | "stop" | "update" | "payment";
  /** Signed. */
  readonly job: ByocJob;
  readonly body: Uint8Array;
  readonly contentType?: string | undefined;
  /** Value of the payment header. */
  readonly payment?: string | undefined;
  /** Ms for the whole exchange. */
  readonly timeoutMs: number;
};

export type StreamCallAnswer = { readonly status: number; readonly header: Headers; readonly body: Uint8Array };

const maxAnswerBytes = 1024 * 1024;

/** Sends it. Rejects with the net's error. */
export async function callStream(
  uri: string,
  { action, job, body, contentType, payment, timeoutMs }: StreamCall,
  { net, clock }: { readonly net: Net; readonly clock: Clock },
  signal: AbortSignal,
): Promise<StreamCallAnswer> {
  const deadline = clock.deadline(timeoutMs, signal);
  try {
    const answer = await net.request({
      method: "POST",
      url: `${uri}${byocWire.path.streamWork}${action}`,
      header: new Headers({
        [byocWire.header.job]: writeJobHeader(job),
        "content-type": contentType ?? "application/json",
        ...(payment === undefined ? {} : { [segmentWire.paymentHeader]: payment }),
      }),
      body,
      signal: deadline.signal,
    });
    return { status: answer.status, header: answer.header, body: await readAnswer(answer, maxAnswerBytes) };
  } finally {
    deadline.clear();
  }
}
