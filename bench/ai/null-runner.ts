// A runner that does nothing: answers at once, conversations as events whose first one carries the time it left.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveCalls } from "../overhead/process-link.ts";

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.method === "GET") {
      const about = {
        status: "IDLE",
        pipeline: process.env["PIPELINE"],
        model_id: process.env["MODEL_ID"],
        version: "1.0.0",
      };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(about));
      return;
    }
    if (request.url !== "/llm") {
      response.writeHead(404).end();
      return;
    }
    const { stream, model } = JSON.parse(Buffer.concat(chunks).toString()) as { stream?: boolean; model?: string };
    const head = { id: "null", model, created: 0, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
    if (stream !== true) {
      const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "" } }];
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...head, choices }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const event = (content: string, finish_reason: string) =>
      response.write(
        `data: ${JSON.stringify({ ...head, choices: [{ index: 0, finish_reason, delta: { content } }] })}\n\n`,
      );
    event(String(performance.timeOrigin + performance.now()), "");
    setTimeout(() => {
      event("", "stop");
      response.end("data: [DONE]\n\n");
    }, 5);
  });
});
server.listen(0, "127.0.0.1", () => {
  serveCalls({ url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
