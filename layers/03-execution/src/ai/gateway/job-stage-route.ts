import type { HttpRoute } from "@livepeer-ts/kernel";
import { aiErrors, aiWire } from "../wire/ai-wire.ts";
import { failureJson, jsonAnswer, preflightAnswer } from "./json-answer.ts";
import type { WatchedJobs } from "./watched-jobs.ts";

/** `GET /ai/jobs/<id>`: where a job is whose request named this id. Who knows the id may ask. */
export function jobStageRoute(watched: Pick<WatchedJobs, "stageOf">): HttpRoute {
  return {
    name: "AI job stage",
    match: (_request, path) => path.startsWith(aiWire.jobsPath),
    async handle(request) {
      if (request.method === "OPTIONS") return preflightAnswer("GET, OPTIONS");
      const fresh = { "cache-control": "no-store" };
      if (request.method !== "GET") {
        const more = { ...fresh, allow: "GET, OPTIONS" };
        return jsonAnswer(405, failureJson(405, { message: aiErrors.notAllowed, code: "not_allowed" }), more);
      }
      const stage = watched.stageOf(new URL(request.url).pathname.slice(aiWire.jobsPath.length));
      if (stage !== undefined) return jsonAnswer(200, stage, fresh);
      const message = "there is no such job here: its answer has begun, or its request has not come";
      return jsonAnswer(404, failureJson(404, { message, code: "unknown_job" }), fresh);
    },
  };
}
