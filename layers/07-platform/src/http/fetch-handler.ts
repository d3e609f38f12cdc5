import { type HttpHandler, type HttpRequest, LpError } from "@livepeer-ts/kernel";

import { jsonResponse } from "./raw-response.ts";

/** A body that is pulled chunk by chunk and refused beyond `maxBytes`. */
function streamOf(
  request: HttpRequest,
  maxBytes: number,
  onTooLarge: (message: string) => void,
): ReadableStream<Uint8Array> {
  const iterator = request.body[Symbol.asyncIterator]();
  let size = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) {
          controller.close();
          return;
        }
        size += value.length;
        if (size > maxBytes) {
          await iterator.return?.();
          const message = `the body is larger than ${maxBytes} bytes: send less in one request`;
          onTooLarge(message);
          controller.error(new LpError({ code: "body_too_large", message, details: { maxBytes } }));
          return;
        }
        controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!finished) await reader.cancel();
    reader.releaseLock();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A role's handler from a fetch-style one. Bodies stream both ways; request bodies are capped at `maxBodyBytes`. */
export function fetchHandler(
  fetchLike: (request: Request) => Response | Promise<Response>,
  options: { readonly maxBodyBytes: number },
): HttpHandler {
  return async (request) => {
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    let tooLarge: string | undefined;
    const init: RequestInit & { duplex?: "half" } = {
      method: request.method,
      headers: request.header,
      signal: request.signal,
    };
    if (hasBody) {
      init.body = streamOf(request, options.maxBodyBytes, (message) => {
        tooLarge = message;
      });
      init.duplex = "half";
    }
    const response = await fetchLike(new Request(request.url, init));
    // Frameworks take any failure of a body for broken JSON; the size is what was wrong.
    if (tooLarge !== undefined) return jsonResponse(413, { errors: [tooLarge] });
    return {
      status: response.status,
      header: response.headers,
      body: response.body === null || request.method === "HEAD" ? nothing() : chunksOf(response.body),
    };
  };
}
