import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { JobQueue } from "../jobs/job-queue.ts";
import type { Settings } from "../settings.ts";
import type { ModelHost } from "./model-host.ts";
import { readJob } from "./read-job.ts";
import { Refusal } from "./refusal.ts";

/** A request's head and body arrive within this time. */
export const requestMs = 5 * 60_000;
/** An open connection without a request. */
export const idleMs = 60_000;
/** Open connections. */
export const maxConnections = 64;

/** Requests whose bodies are read at once; they lie in memory whole. */
export const maxReading = 8;

/** Of a refused body, taken and dropped before the connection is cut. */
export const maxDroppedBytes = 64 * 1000 ** 2;

/** Writes one line to the log. */
export type Say = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** The HTTP API of an AI runner for one pipeline. */
export function runnerServer(settings: Settings, host: ModelHost, say: Say): Server {
  const queue = new JobQueue();
  const { pipeline, modelId, version, token } = settings;
  let reading = 0;
  const facts = { pipeline: pipeline.name, model_id: modelId };
  const routes: Readonly<Record<string, () => unknown>> = {
    "GET /health": () => host.health,
    "GET /version": () => ({ ...facts, version }),
    "GET /hardware/info": () => ({ ...facts, gpu_info: {} }),
    "GET /hardware/stats": () => ({ ...facts, gpu_stats: {} }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").replace(/\?.*$/s, "").replace(/(?<=.)\/$/, "");
    if (token !== undefined && !isBearer(request.headers.authorization, token)) {
      response.setHeader("www-authenticate", "Bearer");
      throw new Refusal(401, "Invalid bearer token.");
    }
    const route = routes[`${request.method} ${path}`];
    if (route !== undefined) return json(response, 200, route());
    const isJob = path === `/${pipeline.name}`;
    if (!isJob && routes[`GET ${path}`] === undefined) throw new Refusal(404, "Not Found");
    if (!isJob || request.method !== "POST") throw new Refusal(405, "Method Not Allowed");
    const { engine } = host;
    if (reading >= maxReading) throw new Refusal(503, `${maxReading} requests are being read already: try again later`);
    reading++;
    const job = await readJob(pipeline, request).finally(() => reading--);
    const asked = job.text(pipeline.name === "llm" ? "model" : "model_id");
    if (asked !== "" && asked !== modelId) {
      throw new Refusal(400, `pipeline configured with ${modelId} but called with ${asked}.`);
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const end = await queue.turn(gone.signal);
    const begun = performance.now();
    try {
      const result = await engine.run(job, gone.signal);
      if (result.kind === "json") json(response, 200, result.value);
      else await sendEvents(response, result.events);
      say("job done", { ms: Math.round(performance.now() - begun) });
    } finally {
      end();
    }
  }

  const server = createServer({ requestTimeout: requestMs, keepAliveTimeout: idleMs }, (request, response) => {
    response.on("error", () => undefined);
    answer(request, response).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, "Internal Server Error");
      if (!(error instanceof Refusal) && !response.destroyed) {
        say("job failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
      if (response.headersSent || response.destroyed) response.destroy();
      else {
        json(response, refusal.status, { detail: refusal.detail });
        dropRest(request);
      }
    });
  });
  server.maxConnections = maxConnections;
  return server;
}

/** Lets a sender finish, within bounds: who is cut off while sending never reads the answer. */
function dropRest(request: IncomingMessage): void {
  let dropped = 0;
  request.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > maxDroppedBytes) request.destroy();
  });
  request.resume();
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** Events as `data:` lines, at the pace at which the client reads them, closed by `[DONE]`. */
async function sendEvents(response: ServerResponse, events: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for await (const event of events) {
    if (response.destroyed) return;
    if (!response.write(`data: ${JSON.stringify(event)}\n\n`)) await drained(response);
  }
  response.end("data: [DONE]\n\n");
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.once("drain", go).once("close", go);
  });
}

function isBearer(given: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(`Bearer ${token}`));
}
