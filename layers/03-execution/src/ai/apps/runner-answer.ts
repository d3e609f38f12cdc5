import { bodyOf, type HttpResponse, readAnswer } from "@livepeer-ts/kernel";
import { type CallRefusalReason, liveRunnerWire } from "../live-runner/live-runner-wire.ts";
import { AttemptFailure } from "./attempt-failure.ts";
import { readChallenge } from "./runner-challenge.ts";

const { header: names, text } = liveRunnerWire;

/** Texts of orchestrators that do not mark their refusals; beside these everything is an answer of the app. */
const unmarked: ReadonlySet<string> = new Set([
  ...[text.noRunner, text.noSession, text.noCapacity, text.sessionExists, text.notSingleShot, text.notPersistent],
  ...[text.otherManifest, text.otherSession, text.otherPrice, text.lowBalance],
]);
const unmarkedStatuses: ReadonlySet<number> = new Set([400, 402, 403, 404, 409, 503]);
const maxRefusalBytes = 64 * 1024;

/** The answer, if it is the app's. Throws `AttemptFailure` for one in which the orchestrator speaks of itself. */
export async function appAnswer(answer: HttpResponse): Promise<HttpResponse> {
  const reason = answer.header.get(names.reason) ?? undefined;
  if (reason !== undefined) throw refusalOf(answer.status, await shortText(answer), reason);
  if (!unmarkedStatuses.has(answer.status) || !isShort(answer)) return answer;
  const bytes = await readAnswer(answer, maxRefusalBytes);
  const said = new TextDecoder().decode(bytes);
  if (answer.status === 402 && isChallengeText(said)) {
    throw new AttemptFailure({ message: "it wants to be paid, and its list did not say so", reachedApp: false });
  }
  if (unmarked.has(said.trim())) throw refusalOf(answer.status, said, undefined);
  return { ...answer, body: bodyOf(bytes) };
}

const callReasons: ReadonlySet<string> = new Set([
  "refused",
  "runner_unreachable",
  "runner_failed",
] satisfies CallRefusalReason[]);

/** What a refusal of an orchestrator means for the call. */
export function refusalOf(status: number, said: string, reason: string | undefined): AttemptFailure {
  return new AttemptFailure({
    message: said.trim() || `it answered ${status}`,
    reachedApp: status === 502 && reason !== "runner_unreachable",
    isFull: status === 503,
    isGone: status === 404 || (reason !== undefined && !callReasons.has(reason)),
    reason: reason === "refused" ? undefined : reason,
  });
}

async function shortText(answer: HttpResponse): Promise<string> {
  return new TextDecoder().decode(await readAnswer(answer, maxRefusalBytes));
}

/** Orchestrators say in advance how long a refusal is. */
function isShort({ header }: HttpResponse): boolean {
  const length = Number(header.get("content-length") ?? Number.NaN);
  const type = header.get("content-type") ?? "";
  if (header.has("content-encoding")) return false;
  return length <= maxRefusalBytes && (type.startsWith("text/plain") || type.startsWith("application/json"));
}

function isChallengeText(said: string): boolean {
  try {
    return readChallenge(said) !== undefined;
  } catch {
    return true;
  }
}
