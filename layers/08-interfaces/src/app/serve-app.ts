import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AppRefusal } from "./app-refusal.ts";
import type { AnyApp, AppCall, AppMedia, AppResult } from "./define-app.ts";
import { readInputs } from "./read-inputs.ts";

export type ServeAppOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Callers must show it as a bearer token. Default: none. */
  readonly token?: string;
};

/** An app that answers. */
export type ServedApp = {
  readonly url: string;
  /** Calls that run. */
  readonly running: number;
  /** Takes no more calls, lets those that run end within `graceMs` (default 5000), then ends them. */
  stop(graceMs?: number): Promise<void>;
};

/** Body of one call: the largest file and what comes beside it. */
const maxBodyBytes = 64 * 1024 * 1024;

/**
 * Serves an app over HTTP: `GET /health`, `GET /schema`, and calls as `POST /` with JSON or a form. Callers that accept
 * `text/event-stream` get `progress`, `piece` and `result` events; for others a series of pieces comes as one list.
 */
export async function serveApp(app: AnyApp, options: ServeAppOptions = {}): Promise<ServedApp> {
  const { capacity = 1 } = app;
  const running = new Set<AbortController>();
  let state: "loading" | "ready" | "failed" = "loading";
  let problem = "";
  const loading = Promise.resolve(app.load?.()).then(
    () => {
      state = "ready";
    },
    (error: unknown) => {
      state = "failed";
      problem = errorText(error);
    },
  );
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else json(response, error instanceof AppRefusal ? error.status : 500, { error: { message: errorText(error) } });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://app").pathname;
    if (request.method === "GET" && path === "/health") {
      const status = state === "ready" ? (running.size < capacity ? "IDLE" : "OK") : state.toUpperCase();
      json(response, state === "ready" ? 200 : 503, { status, running: running.size, capacity, problem });
      return;
    }
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) {
      throw new AppRefusal(401, "the token is missing or wrong");
    }
    if (request.method === "GET" && path === "/schema") {
      json(response, 200, schemaOf(app));
      return;
    }
    if (path !== "/") throw new AppRefusal(404, `there is nothing at ${path}: calls go to /`);
    if (request.method !== "POST") throw new AppRefusal(405, "calls are POST requests");
    await serveCall(request, response);
  }

  async function serveCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (state === "loading") throw new AppRefusal(503, "the app is still loading");
    if (state === "failed") throw new AppRefusal(503, `the app could not be loaded: ${problem}`);
    if (running.size >= capacity) throw new AppRefusal(503, `all ${capacity} places are taken: try again`);
    const call = new AbortController();
    running.add(call);
    const timeoutSeconds = app.timeoutSeconds ?? 300;
    const timer = setTimeout(
      () => call.abort(new AppRefusal(504, `the call was ended after ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    );
    response.once("close", () => call.abort(new Error("the caller has gone")));
    try {
      const body = await readBody(request);
      const values = await readInputs(app.inputs, request.headers["content-type"] ?? "", body);
      const wantsEvents = (request.headers.accept ?? "").includes("text/event-stream");
      await orAborted(
        wantsEvents ? withEvents(values, response, call.signal) : plain(values, response, call.signal),
        call.signal,
      );
    } finally {
      clearTimeout(timer);
      running.delete(call);
    }
  }

  async function plain(values: object, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const outcome = start(values, { signal, progress: () => {} });
    if (!isSeries(outcome)) return send(response, await outcome);
    const pieces: unknown[] = [];
    for await (const piece of outcome) pieces.push(piece);
    send(response, pieces);
  }

  async function withEvents(values: object, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const event = (name: string, data: unknown) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
    try {
      const progress = (share: number, what?: string) => event("progress", { share, what });
      const outcome = start(values, { signal, progress });
      if (isSeries(outcome)) {
        for await (const piece of outcome) event("piece", inEvent(piece));
        event("result", null);
      } else event("result", inEvent(await outcome));
    } catch (error) {
      if (!response.destroyed) event("error", { message: errorText(error) });
    }
    response.end("data: [DONE]\n\n");
  }

  function start(values: object, call: AppCall): Promise<AppResult> | AppResult | AsyncIterable<AppResult> {
    return app.run(values as never, call);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    get running() {
      return running.size;
    },
    async stop(graceMs = 5000) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const call of running) call.abort(new AppRefusal(503, "the app is stopping"));
        server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
      await loading;
    },
  };
}

/** What the app is, for callers, playgrounds and agents. */
export function schemaOf(app: AnyApp): Readonly<Record<string, unknown>> {
  const { name, about, version, inputs, price, capacity = 1 } = app;
  return { name, about, version, price, capacity, inputs };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new AppRefusal(413, `the body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** As the promise, but rejects when the signal aborts: a function need not look at it. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function isSeries(value: unknown): value is AsyncIterable<AppResult> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function isMedia(value: unknown): value is AppMedia {
  return typeof value === "object" && value !== null && (value as AppMedia).bytes instanceof Uint8Array;
}

function send(response: ServerResponse, result: unknown): void {
  if (response.destroyed) return;
  if (isMedia(result)) response.writeHead(200, { "content-type": result.mediaType }).end(result.bytes);
  else json(response, 200, result);
}

/** Media in an event, which is text. */
function inEvent(result: AppResult): unknown {
  if (!isMedia(result)) return result;
  return { mediaType: result.mediaType, base64: Buffer.from(result.bytes).toString("base64") };
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
