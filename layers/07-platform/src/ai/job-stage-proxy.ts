import { aiWire } from "@livepeer-ts/execution";
import { type Clock, errorText, type HttpHandler, type Logger, type Net, readBody } from "@livepeer-ts/kernel";
import { jsonResponse } from "../http/raw-response.ts";

export type JobStageProxyOptions = {
  /** Base URL of the gateway's HTTP port. */
  readonly gatewayUrl: string;
  /** Deadline until the gateway's answer begins, ms. */
  readonly timeoutMs: number;
};

const ownPath = /^\/api\/ai\/jobs\/([A-Za-z0-9-]{16,64})$/;
const maxAnswerBytes = 4096;

/** `GET /api/ai/jobs/<id>`: where a job is whose request named this id, as the gateway says. Who knows the id may ask. */
export function createJobStageProxy(
  options: JobStageProxyOptions,
  deps: { readonly net: Net; readonly clock: Clock; readonly logger: Logger },
): HttpHandler {
  const base = options.gatewayUrl.replace(/\/+$/, "");
  return async (request) => {
    if (request.method !== "GET") return failure(405, "not_allowed", "only GET is possible here", { allow: "GET" });
    const id = ownPath.exec(new URL(request.url).pathname)?.[1];
    if (id === undefined) {
      return failure(400, "bad_job_id", `${aiWire.jobIdHeader} is 16 to 64 letters, digits or hyphens`);
    }
    const deadline = deps.clock.deadline(options.timeoutMs, request.signal);
    try {
      const { status, body } = await deps.net.request({
        method: "GET",
        url: `${base}${aiWire.jobsPath}${id}`,
        header: new Headers(),
        signal: deadline.signal,
      });
      const answer = await readBody(body, maxAnswerBytes);
      if (status !== 200) return failure(404, "unknown_job", "the gateway knows no job by this id, or none any more");
      return jsonResponse(200, JSON.parse(new TextDecoder().decode(answer)), fresh);
    } catch (error) {
      if (request.signal.aborted) throw error;
      deps.logger.warn("the gateway does not say where a job is", { error: errorText(error) });
      return failure(502, "gateway_silent", "The gateway did not answer: try again in a few seconds.");
    } finally {
      deadline.clear();
    }
  };
}

const fresh = { "cache-control": "no-store" };

function failure(status: number, code: string, message: string, header: Readonly<Record<string, string>> = {}) {
  return jsonResponse(status, { errors: [message], error: { message, code } }, { ...fresh, ...header });
}
