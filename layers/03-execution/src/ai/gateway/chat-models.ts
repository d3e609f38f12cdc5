import {
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  uriDecoded,
} from "@livepeer-ts/kernel";
import type { SurveyedOrchestrator } from "../../discovery/survey.ts";
import { aiErrors } from "../wire/ai-wire.ts";
import { chatRefusalJson } from "./chat-refusal.ts";
import { jsonAnswer, preflightAnswer } from "./json-answer.ts";
import { surveyedAiOffers } from "./surveyed-offers.ts";

const modelsPath = "/v1/models";

export type ChatModelsDeps = {
  /** What the gateway's orchestrators say of themselves; may be some seconds old. */
  readonly survey: () => Promise<readonly SurveyedOrchestrator[]>;
  readonly logger: Logger;
};

/** `GET /v1/models` and `/v1/models/{id}`: the models of the conversation pipeline, for clients of OpenAI's API. */
export function chatModelRoutes(deps: ChatModelsDeps): readonly HttpRoute[] {
  return [
    {
      name: "OpenAI models",
      match: (_request, path) => path === modelsPath || path.startsWith(`${modelsPath}/`),
      handle: (request) => serveModels(request, deps),
    },
  ];
}

async function serveModels({ method, url }: HttpRequest, deps: ChatModelsDeps): Promise<HttpResponse> {
  const path = new URL(url).pathname;
  if (method === "OPTIONS") return preflightAnswer("GET, OPTIONS");
  if (method !== "GET") {
    return jsonAnswer(405, chatRefusalJson("not_allowed", aiErrors.notAllowed), { allow: "GET, OPTIONS" });
  }
  let surveyed: readonly SurveyedOrchestrator[];
  try {
    surveyed = await deps.survey();
  } catch (error) {
    deps.logger.error("the orchestrators could not be asked for their models", { error: errorText(error) });
    return jsonAnswer(503, chatRefusalJson("no_orchestrators", "the orchestrators could not be asked"));
  }
  const ids = new Set(
    surveyedAiOffers(surveyed)
      .filter(({ pipeline }) => pipeline === "llm")
      .map(({ modelId }) => modelId),
  );
  if (path === modelsPath) return jsonAnswer(200, { object: "list", data: [...ids].map(modelJson) });
  // ids hold slashes, encoded or not
  const id = uriDecoded(path.slice(modelsPath.length + 1));
  if (ids.has(id)) return jsonAnswer(200, modelJson(id));
  const known = ids.size === 0 ? "there is none" : `there are ${[...ids].join(", ")}`;
  return jsonAnswer(404, chatRefusalJson("model_not_found", `there is no model "${id}" for conversations: ${known}`));
}

/** Nobody says when a model was made or whose it is. */
function modelJson(id: string): unknown {
  return { id, object: "model", created: 0, owned_by: "livepeer" };
}
