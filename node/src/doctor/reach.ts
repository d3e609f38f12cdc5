import { errorText, type Net, readBody } from "@livepeer-ts/kernel";
import type { DoctorSubject } from "./doctor-subject.ts";

const reachMs = 5000;
const maxAnswerBytes = 64 * 1024;

/** What a service answered, or why it did not. */
export type Reached =
  | { readonly status: number; readonly error?: undefined }
  | { readonly status?: undefined; readonly error: string };

/** Asks a service with GET. Resolves also when it does not answer; the text then names no path. */
export async function reach(url: string, net: Net, { ports, signal }: DoctorSubject): Promise<Reached> {
  const deadline = ports.clock.deadline(reachMs, signal);
  try {
    const answer = await net.request({ method: "GET", url, header: new Headers(), signal: deadline.signal });
    // a body that is large or broken off says nothing against the service
    await readBody(answer.body, maxAnswerBytes).catch(() => undefined);
    return { status: answer.status };
  } catch (error) {
    return { error: deadline.signal.aborted ? `no answer within ${reachMs / 1000} s` : errorText(error) };
  } finally {
    deadline.clear();
  }
}
