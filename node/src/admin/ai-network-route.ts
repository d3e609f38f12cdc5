import { type SurveyedAiOffer, type SurveyedOrchestrator, surveyedAiOffers } from "@livepeer-ts/execution";
import {
  bodyOf,
  type Clock,
  formatRational,
  type HttpResponse,
  type HttpRoute,
  type Rational,
  sameSecret,
  utf8,
} from "@livepeer-ts/kernel";

export type AiNetworkRouteDeps = {
  readonly survey: () => Promise<readonly SurveyedOrchestrator[]>;
  readonly weiPerUsd: () => Promise<Rational | undefined>;
  readonly clock: Pick<Clock, "now">;
};

const path = "/internal/ai/network";

/**
 * `GET /internal/ai/network`: the models that this gateway can use, with places and prices, for the platform. Needs the token that nodes
 * and platform share.
 */
export function aiNetworkRoute(token: string, { survey, weiPerUsd, clock }: AiNetworkRouteDeps): HttpRoute {
  return {
    name: "AI network",
    match: (request, target) => request.method === "GET" && target === path,
    async handle(request) {
      const shown = /^Bearer (.+)$/.exec(request.header.get("authorization") ?? "")?.[1] ?? "";
      if (token === "" || !sameSecret(shown, token)) {
        return answer(401, {
          errors: ["the token is missing or wrong: send the node's -eventsToken as a bearer token"],
        });
      }
      const [surveyed, rate] = await Promise.all([survey(), weiPerUsd()]);
      return answer(200, {
        at: clock.now(),
        weiPerUsd: rate === undefined ? null : formatRational(rate),
        offers: surveyedAiOffers(surveyed).map(offerJson),
      });
    },
  };
}

function offerJson({ address, pricePerUnit, ...offer }: SurveyedAiOffer) {
  return {
    ...offer,
    address: address ?? null,
    pricePerUnit: pricePerUnit === undefined ? null : formatRational(pricePerUnit),
  };
}

function answer(status: number, value: unknown): HttpResponse {
  return {
    status,
    header: new Headers({ "content-type": "application/json", "cache-control": "no-store" }),
    body: bodyOf(utf8(JSON.stringify(value))),
  };
}
