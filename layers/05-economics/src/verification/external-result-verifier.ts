import { type CheckRecord, ResultRejected, type ResultVerifier, type WorkResult } from "@livepeer-ts/execution";
import { answerText, bodyOf, type Clock, errorText, LpError, type Net, toHex, utf8 } from "@livepeer-ts/kernel";
import type { SharedFolder } from "../ports/shared-folder.ts";

export type ExternalVerifierOptions = {
  /** `-verifierUrl`. */
  readonly url: string;
  /** Ms for the whole exchange. Default 8000. */
  readonly timeoutMs?: number;
};

export type ExternalVerifierDeps = {
  readonly net: Net;
  readonly clock: Clock;
  /** What this gateway and the verifier both see (`-verifierPath`). */
  readonly folder: SharedFolder;
};

const maxAnswerBytes = 1024 * 1024;

/** The protocol's texts. */
export const classifierErrors = {
  missingSource: "MissingSource",
  status: "VerifierStatus",
  videoUnavailable: "VideoUnavailable",
  audioMismatch: "AudioMismatch",
  tampered: "Tampered",
} as const;

type Judgement = {
  readonly videoAvailable: boolean;
  readonly audioAvailable: boolean;
  readonly audioDistance: number;
  readonly pixels: number | undefined;
  readonly tamper: number;
  readonly distance: number;
};

/**
 * Asks the classifier that an operator runs. Other audio and missing video are never accepted; tampering is when nothing better
 * comes. A classifier that does not work is nobody's fault: the result passes, and the record says so.
 */
export function createExternalResultVerifier(
  options: ExternalVerifierOptions,
  deps: ExternalVerifierDeps,
): ResultVerifier {
  const { url, timeoutMs = 8000 } = options;
  return {
    async verify(result, signal) {
      const deadline = deps.clock.deadline(timeoutMs, signal);
      try {
        const shared = await deps.folder.share([
          { name: "source", bytes: result.source.bytes },
          ...result.renditions.map(({ bytes }, i) => ({ name: result.profiles[i]?.name ?? String(i), bytes })),
        ]);
        try {
          const body = utf8(JSON.stringify(requestOf(result, shared.paths)));
          const answer = await deps.net.request({
            ...{ method: "POST", url, body: bodyOf(body), signal: deadline.signal },
            header: new Headers({ "content-type": "application/json", "content-length": String(body.length) }),
          });
          const text = await answerText(answer, maxAnswerBytes);
          if (answer.status >= 400)
            throw new LpError({
              code: "verifier_status",
              message: classifierErrors.status,
              details: { status: answer.status },
            });
          return judge(result, readAnswer(text));
        } finally {
          await shared.remove();
        }
      } catch (error) {
        if (error instanceof ResultRejected || signal.aborted) throw error;
        return [checkOf("skipped", `the verifier did not judge: ${errorText(error)}`)];
      } finally {
        deadline.clear();
      }
    },
  };
}

function checkOf(outcome: CheckRecord["outcome"], detail: string | null, rendition: string | null = null): CheckRecord {
  return { check: "classifier", outcome, rendition, detail };
}

function requestOf({ profiles, data, info, uri }: WorkResult, paths: readonly string[]) {
  const [source, ...renditions] = paths;
  const recipient = info.ticketParams?.recipient;
  return {
    source,
    renditions: renditions.map((path, i) => {
      const profile = profiles[i];
      return {
        uri: path,
        resolution: { width: profile?.width ?? 0, height: profile?.height ?? 0 },
        frame_rate: profile?.fps ?? 0,
        pixels: Number(data.segments[i]?.pixels ?? 0n),
      };
    }),
    orchestratorID: recipient === undefined || recipient.length === 0 ? uri : toHex(recipient).slice(2),
  };
}

function readAnswer(text: string): Judgement[] {
  const bad = (cause?: unknown) =>
    new LpError({ code: "verifier_answer", message: "its answer is no list of results", cause });
  let parsed: { results?: unknown } | null;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw bad(cause);
  }
  if (!Array.isArray(parsed?.results)) throw bad();
  return parsed.results.map((item: Readonly<Record<string, unknown>> | null): Judgement => {
    const number = (name: string) => (typeof item?.[name] === "number" ? (item[name] as number) : undefined);
    return {
      videoAvailable: item?.["video_available"] === true,
      audioAvailable: item?.["audio_available"] === true,
      audioDistance: number("audio_dist") ?? 0,
      pixels: number("pixels"),
      tamper: number("tamper") ?? 0,
      distance: number("ocsvm_dist") ?? 0,
    };
  });
}

function judge({ profiles, data }: WorkResult, results: readonly Judgement[]): CheckRecord[] {
  const mean = results.reduce((sum, { distance }) => sum + distance, 0) / Math.max(1, results.length);
  // above what fails the gateway's own checks, the better the further it is from being tampered with
  const score = 1 + 1 / (1 + Math.exp(-mean));
  const refuse = (message: string, at: number, detail: string, isKept: boolean): ResultRejected => {
    const rendition = profiles[at]?.name ?? String(at);
    return new ResultRejected({
      ...{ code: "classifier_rejected", message, retryable: isKept, score: isKept ? score : undefined },
      checks: [checkOf("failed", `${message}: ${detail}`, rendition)],
    });
  };
  const find = (test: (judgement: Judgement) => boolean) => results.findIndex(test);
  const audio = find((found) => found.audioAvailable && found.audioDistance !== 0);
  if (audio >= 0)
    throw refuse(classifierErrors.audioMismatch, audio, `distance ${results[audio]?.audioDistance}`, false);
  const tampered = find((found) => found.videoAvailable && found.tamper > 0);
  if (tampered >= 0) throw refuse(classifierErrors.tampered, tampered, `${results[tampered]?.tamper}`, true);
  const unavailable = find((found) => !found.videoAvailable);
  if (unavailable >= 0) throw refuse(classifierErrors.videoUnavailable, unavailable, "it saw no video", false);
  if (results.length === data.segments.length) {
    const pixels = results.findIndex(
      (found, i) => found.pixels !== undefined && BigInt(Math.trunc(found.pixels)) !== data.segments[i]?.pixels,
    );
    if (pixels >= 0) {
      const detail = `${data.segments[pixels]?.pixels} are billed, it counted ${results[pixels]?.pixels}`;
      throw refuse("PixelMismatch", pixels, detail, true);
    }
  }
  return [checkOf("passed", null)];
}
