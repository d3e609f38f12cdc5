import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a runner was asked, as it came in. */
export type RunnerCall = {
  readonly path: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
};

export type StubRunner = {
  readonly url: string;
  readonly calls: readonly RunnerCall[];
  /** Jobs that are being answered. */
  readonly running: number;
  /** Most jobs that were answered at once. */
  readonly mostRunning: number;
  stop(): Promise<void>;
};

/** Answers one call in place of the usual behaviour; false: it did not. */
export type StubAnswer = (call: RunnerCall, response: ServerResponse) => boolean | Promise<boolean>;

/** A PNG of 64×48. */
export const stubPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAABEElEQVR42u3PkaKDAAAF0GAQBIMgCIJBMAiCQRAMgiAIgsEgCIJBMAgGQTAYBEEQBMEgCILBIAiCIAiCIBgEQRAE7xfeB9zzB4cgCGK325EkSVHUfr+naZphGJZlOY47HA48zx+PR0EQRFE8nU6SJMmyfD6fFUVRVVXTNF3XDcO4XC7X69U0TcuybNu+3W6O49zvd9d1H4+H53m+7z+fz9frFQRBGIZRFMVxnCRJmqbv9zvLsjzPi6L4fD7f77csy6qq6rpumqZt267r+r4fhmEcx9/vN03TPM/Lsqzrum0bgQACCCCAAAIIIIAAAggggAACCCCAAAIIIIAAAggggAACCCCAAAIIIIAAAgj8N/AHMIS5AEq/tW0AAAAASUVORK5CYII=",
  "base64",
);

/**
 * An HTTP server that speaks the runner's wire and whose answers are known: pictures of 64×48, texts, two events. Prompts `bad` and `boom`
 * get 400 and 500.
 */
export async function startStubRunner(answer: StubAnswer = () => false): Promise<StubRunner> {
  const calls: RunnerCall[] = [];
  let running = 0;
  let mostRunning = 0;
  const server = createServer(async (request, response) => {
    const call = await readCall(request);
    if (request.method === "GET") {
      json(response, 200, { status: "OK" });
      return;
    }
    calls.push(call);
    running++;
    mostRunning = Math.max(mostRunning, running);
    response.once("close", () => running--);
    if (!(await answer(call, response))) usual(call, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    get running() {
      return running;
    },
    get mostRunning() {
      return mostRunning;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readCall(request: IncomingMessage): Promise<RunnerCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return {
    path: request.url ?? "",
    contentType: request.headers["content-type"] ?? "",
    authorization: request.headers.authorization,
    body: Buffer.concat(chunks),
  };
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function usual({ path, contentType, body }: RunnerCall, response: ServerResponse): void {
  const text = body.toString("latin1");
  const fields: Record<string, unknown> = contentType.startsWith("application/json") ? JSON.parse(text) : {};
  const prompt = fields["prompt"] ?? /name="prompt"\r\n\r\n([^\r]*)/.exec(text)?.[1];
  if (prompt === "bad") json(response, 400, { detail: { msg: "prompt refused" } });
  else if (prompt === "boom") json(response, 500, { detail: { msg: "boom" } });
  else if (path === "/llm") conversation(fields, response);
  else if (answers[path] === undefined) json(response, 404, { detail: { msg: "Not Found" } });
  else json(response, 200, answers[path]);
}

const picture = { url: `data:image/png;base64,${stubPng.toString("base64")}`, seed: 7, nsfw: false };
const images = { images: [picture] };
const answers: Readonly<Record<string, unknown>> = {
  "/text-to-image": images,
  "/image-to-image": images,
  "/upscale": images,
  "/image-to-video": { frames: [Array.from({ length: 14 }, () => picture)] },
  "/image-to-text": { text: "a stub" },
  "/segment-anything-2": { masks: "[]", scores: "[]", logits: "[]" },
  "/audio-to-text": { text: "hello", chunks: [{ timestamp: [0, 1], text: "hello" }] },
  "/text-to-speech": { audio: { url: "data:audio/wav;base64,UklGRg==" } },
};

function conversation(fields: Record<string, unknown>, response: ServerResponse): void {
  const head = { id: "c", model: fields["model"], created: 1 };
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  if (fields["stream"] !== true) {
    const message = { role: "assistant", content: "hi" };
    json(response, 200, { ...head, usage, choices: [{ index: 0, finish_reason: "stop", message }] });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [content, finish_reason] of [
    ["he", ""],
    ["llo", "stop"],
  ]) {
    const choices = [{ index: 0, finish_reason, delta: { role: "assistant", content } }];
    response.write(`data: ${JSON.stringify({ ...head, usage, choices })}\n\n`);
  }
  response.end("data: [DONE]\n\n");
}
