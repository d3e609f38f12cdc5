import type { Clock } from "../ports/clock.ts";
import type { Net } from "../ports/net.ts";
import { answerText } from "../units/body.ts";
import { utf8 } from "../units/bytes.ts";

export type TextPost = {
  readonly url: string;
  readonly header: Headers;
  readonly text: string;
  /** Ms for the whole exchange. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
};

export type TextAnswer = { readonly status: number; readonly header: Headers; readonly text: string };

/** Posts a text and reads the whole answer, whatever its status. Rejects like `Net.request` and `answerText`, and when the time or `signal` is over. */
export async function postText(
  { url, header, text, timeoutMs, maxAnswerBytes }: TextPost,
  { net, clock }: { readonly net: Net; readonly clock: Pick<Clock, "deadline"> },
  signal?: AbortSignal,
): Promise<TextAnswer> {
  const deadline = clock.deadline(timeoutMs, signal);
  try {
    const answer = await net.request({ method: "POST", url, header, body: utf8(text), signal: deadline.signal });
    return { status: answer.status, header: answer.header, text: await answerText(answer, maxAnswerBytes) };
  } finally {
    deadline.clear();
  }
}
