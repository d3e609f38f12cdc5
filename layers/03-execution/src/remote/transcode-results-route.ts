import {
  bodyOf,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  LpError,
  readBody,
  sameSecret,
} from "@livepeer-ts/kernel";
import { textAnswer } from "../http/text-answer.ts";
import {
  maxResultBytes,
  maxResultPartBytes,
  maxResultParts,
  remoteTranscoderErrors,
  transcoderWire,
} from "../wire/transcoder-wire.ts";
import { boundaryOf, splitMixed } from "./multipart-mixed.ts";
import type { TaskResult, TranscoderPool } from "./transcoder-pool.ts";

export type TranscodeResultsRouteDeps = {
  readonly secret: string;
  readonly pool: Pick<TranscoderPool, "settle">;
  readonly logger: Logger;
};

const maxErrorBytes = 64 * 1024;
const taskIdEnd = 2n ** 63n;

/** `POST /transcodeResults`: where remote transcoders bring renditions or an error. */
export function transcodeResultsRoute(deps: TranscodeResultsRouteDeps): HttpRoute {
  return {
    name: "transcode results",
    match: (_request, path) => path === transcoderWire.resultsPath,
    handle: (request) => takeResult(request, deps),
  };
}

async function takeResult(request: HttpRequest, deps: TranscodeResultsRouteDeps): Promise<HttpResponse> {
  const { header } = request;
  if (
    header.get("authorization") !== transcoderWire.scheme ||
    !sameSecret(header.get(transcoderWire.credentialsHeader) ?? "", deps.secret)
  ) {
    deps.logger.warn("a result with wrong credentials was refused", { peer: request.peer.address });
    return textAnswer(401, "Unauthorized");
  }
  const contentType = header.get("content-type") ?? "";
  const boundary = boundaryOf(contentType);
  if (contentType !== transcoderWire.errorType && boundary === undefined) {
    return textAnswer(415, `content type "${contentType.slice(0, 80)}" is neither multipart/mixed nor an error`);
  }
  const taskId = wholeNumber(header.get(transcoderWire.taskIdHeader));
  if (taskId === undefined || taskId >= taskIdEnd) return textAnswer(400, "Invalid Task ID");
  if (boundary === undefined) {
    try {
      const text = new TextDecoder().decode(await readBody(request.body, maxErrorBytes)).trim();
      deps.pool.settle(taskId, new LpError({ code: "transcoder_error", message: text }));
      return ok();
    } catch (error) {
      return textAnswer(500, errorText(error));
    }
  }
  const decoded = wholeNumber(header.get(transcoderWire.pixelsHeader));
  if (decoded === undefined) return textAnswer(400, "Invalid Pixels");
  try {
    deps.pool.settle(taskId, readResult(await readBody(request.body, maxResultBytes), boundary, Number(decoded)));
    return ok();
  } catch (error) {
    deps.logger.warn("a result could not be read", { peer: request.peer.address, error: errorText(error) });
    deps.pool.settle(taskId, new LpError({ code: "bad_result", message: errorText(error), cause: error }));
    return textAnswer(500, errorText(error));
  }
}

/** Renditions in order; a part without pixels is the perceptual hash of the one before. Throws on anything else. */
function readResult(body: Uint8Array, boundary: string, decodedPixelCount: number): TaskResult {
  const renditions: { bytes: Uint8Array; pixelCount: number; perceptualHash?: Uint8Array }[] = [];
  for (const part of splitMixed(body, boundary, { maxParts: maxResultParts, maxPartBytes: maxResultPartBytes })) {
    const pixels = part.header.get(transcoderWire.pixelsHeader.toLowerCase());
    if (pixels === undefined && part.header.get("content-type") === transcoderWire.perceptualHashType) {
      const last = renditions.at(-1);
      if (last === undefined) throw new LpError({ code: "bad_result", message: remoteTranscoderErrors.unknownHash });
      last.perceptualHash = part.bytes;
      continue;
    }
    const count = wholeNumber(pixels ?? null);
    if (count === undefined) throw new LpError({ code: "bad_result", message: "Invalid Pixels" });
    renditions.push({ bytes: part.bytes, pixelCount: Number(count) });
  }
  return { decodedPixelCount, renditions };
}

function wholeNumber(text: string | null): bigint | undefined {
  return text !== null && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
}

function ok(): HttpResponse {
  return {
    status: 200,
    header: new Headers({ "content-type": "text/plain; charset=utf-8" }),
    body: bodyOf(new TextEncoder().encode("OK")),
  };
}
