import { startAiWorld } from "../../support/ai-world.ts";
import { startStubRunner, stubPng } from "../../support/stub-runner.ts";
import { object, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

const models = {
  "text-to-image": "m/t2i",
  "image-to-image": "m/i2i",
  "image-to-text": "m/i2t",
  "segment-anything-2": "m/sam",
  llm: "m/llm",
};

/** A recorded request to a gateway with one orchestrator, whose runner answers as the recording's did. */
export const suite: ConformanceSuite = async (testCase) => {
  const request = object(testCase, "request");
  const recorded = object(testCase, "response");
  const runner = await startStubRunner();
  const world = await startAiWorld([
    Object.entries(models).map(([pipeline, modelId]) => ({ pipeline, modelId, url: runner.url })),
  ]);
  try {
    const form = request["form"] as Record<string, string> | undefined;
    const answer = await fetch(`${world.url}${text(request, "path")}`, {
      method: text(request, "method"),
      headers: request["headers"] as Record<string, string>,
      body: form === undefined ? text(request, "body") : formOf(form),
    });
    const body = await answer.text();
    if (recorded["connection_dropped"] === true) {
      // ours answers: nobody has the default model, and the only runner failed
      return { expected: 503, got: answer.status };
    }
    const isOwnText = String(testCase["note"] ?? "").includes("compare status and shape only");
    const wanted = recorded["headers"] as Record<string, string>;
    return {
      expected: { status: recorded["status"], headers: wanted, body: comparable(text(recorded, "body"), isOwnText) },
      got: {
        status: answer.status,
        headers: Object.fromEntries(Object.keys(wanted).map((name) => [name, answer.headers.get(name)])),
        body: comparable(body, isOwnText),
      },
    };
  } finally {
    await world.stop();
    await runner.stop();
  }
};

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === "{png file}") form.set(name, new Blob([stubPng], { type: "image/png" }), "input.png");
    else form.set(name, value);
  }
  return form;
}

/** JSON without the order of its members, names of 8 hex digits as placeholders, and our own additions to an error left out. */
function comparable(body: string, isOwnText: boolean): unknown {
  const masked = body.replaceAll(/\/stream\/[0-9a-f]{8}\/[0-9a-f]{8}\./g, "/stream/{hex8}/{hex8}.");
  if (masked.startsWith("data:"))
    return masked
      .trim()
      .split("\n\n")
      .map((event) => JSON.parse(event.slice(6)));
  const value = JSON.parse(masked);
  if (value.error === undefined) return value;
  return { error: { message: isOwnText ? typeof value.error.message : value.error.message } };
}
