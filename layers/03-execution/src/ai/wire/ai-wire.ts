/** Header names, paths and texts of AI jobs between clients, gateways, orchestrators, workers and runners. */
export const aiWire = {
  /** `Authorization` of a gateway's request; with it results may come as URLs instead of data URLs. */
  scheme: "Livepeer-AI-Worker-1.0",
  videoResultPath: "/image-to-video/result",
  /** Below it each watched job by the id that its client chose, sent in this header of the request. */
  jobsPath: "/ai/jobs/",
  jobIdHeader: "Livepeer-Job-Id",
  /** Value of `Prefer` for an answer that is fetched later. */
  respondAsync: "respond-async",
  /** Headers of a gateway's answer: id of the request in all logs, what it cost, who worked. */
  requestIdHeader: "Livepeer-Request-Id",
  feeHeader: "Livepeer-Fee-Wei",
  orchestratorHeader: "Livepeer-Orchestrator",
  eventStreamType: "text/event-stream",
} as const;

/** Refusals that peers and clients match on. */
export const aiErrors = {
  capacity: "insufficient capacity",
  missingFields: "missing required fields",
  notMultipart: "request Content-Type isn't multipart/form-data",
  internal: "Internal Server Error",
  unavailable: "Service Unavailable Error",
  invalidRequestId: "invalid request ID",
  notAllowed: "Method Not Allowed",
} as const;

/** What orchestrators say of a runner that answered with an error; gateways look for the number. */
export function runnerReturned(pipeline: string, status: number, text: string): string {
  return `${pipeline} container returned ${status}: ${text}`;
}

const clientStatuses = new Set([400, 413, 415, 422]);

/** The client's own fault in a text made by `runnerReturned` or by go-livepeer: status, and what the client reads. */
export function clientFault(text: string): { readonly status: number; readonly text: string } | undefined {
  const match = /returned (\d{3})(.*)$/s.exec(text);
  const status = Number(match?.[1]);
  if (!clientStatuses.has(status)) return undefined;
  return { status, text: match?.[2]?.trim() || "bad request" };
}
