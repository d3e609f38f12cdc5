import { startEchoApp, startLiveWorld } from "../../support/live-world.ts";
import { type Fields, number, object, optionalText, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

/** Headers of one HTTP client's own. */
const clientHeaders: ReadonlySet<string> = new Set(["user-agent", "accept-encoding", "host", "connection"]);
const registration = { name: "cap1", capacity: 2, price_per_unit: 0, price_scaling: 1 };
const secret = "osecret";

/** A recorded request to a node off chain, with a worker that answers as the recording's did. */
export const suite: ConformanceSuite = async (testCase) => {
  const request = object(testCase, "request");
  const recorded = object(testCase, "response");
  const id = text(testCase, "id");
  const world = await startLiveWorld(secret);
  const worker = await startEchoApp(({ path, body, headers }) => {
    if (path.endsWith("/e4")) return { status: 422, type: "application/json", body: '{"err": "nope"}' };
    if (path.endsWith("/e5")) return { status: 500, type: "application/json", body: '{"err": "srv"}' };
    if (path.endsWith("/sse"))
      return { status: 200, type: "text/event-stream", body: 'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n' };
    return { status: 200, type: "application/json", body: JSON.stringify({ path, echo: body, h: headers }) };
  });
  try {
    const values = { "{R}": worker.url, "{O}": world.orchestratorUrl };
    if (!id.startsWith("reg")) {
      await fetch(`${world.orchestratorUrl}/capability/register`, {
        method: "POST",
        headers: { authorization: secret },
        body: JSON.stringify({ ...registration, url: `${worker.url}/byoc` }),
      });
    }
    // the recording had started this stream before
    if (/^stream-(start-again|update|stop$)/.test(id)) {
      const stream = { ...object(testCase, "request") };
      await send(world.orchestratorUrl, { ...stream, path: "/ai/stream/start" }, `${id}-first`, values, true);
    }
    const node = text(request, "node") === "G" ? world.gatewayUrl : world.orchestratorUrl;
    const answer = await send(node, request, id, values, false);
    const body = await answer.text();
    if (id === "gw-job-offchain") {
      // the recorded gateway could not; ours has the worker's answer
      return { expected: [200, "/byoc/hello"], got: [answer.status, (JSON.parse(body) as Fields)["path"]] };
    }
    if (recorded["connection_dropped"] === true) return { expected: true, got: answer.status >= 400 };
    const wanted = object(recorded, "headers");
    const prefix = optionalText(recorded, "body_prefix");
    const recordedBody = prefix ?? fill(text(recorded, "body"), values);
    return {
      expected: {
        status: number(recorded, "status"),
        headers: Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, fill(String(value), values)])),
        body: comparable(recordedBody),
        isShort: true,
      },
      got: {
        status: answer.status,
        headers: Object.fromEntries(Object.keys(wanted).map((name) => [name, answer.headers.get(name)])),
        body: comparable(prefix === undefined ? body : body.slice(0, prefix.length)),
        isShort: body.length < 4096,
      },
    };
  } finally {
    await world.stop();
    await worker.stop();
  }
};

function send(
  node: string,
  request: Fields,
  id: string,
  values: Readonly<Record<string, string>>,
  opensStream: boolean,
): Promise<Response> {
  const headers = new Headers(object(request, "headers") as Record<string, string>);
  const job = request["livepeer_header_json"] as Fields | undefined;
  if (job !== undefined) {
    const filled: Record<string, unknown> = { ...job };
    if (job["sig"] === "0x + 130 zeros") filled["sig"] = `0x${"0".repeat(id.includes("short-sig") ? 20 : 130)}`;
    if (opensStream) {
      filled["parameters"] = JSON.stringify({
        enable_video_ingress: true,
        enable_video_egress: true,
        enable_data_output: true,
      });
    }
    headers.set("livepeer", Buffer.from(JSON.stringify(filled)).toString("base64"));
  }
  const body = optionalText(request, "body");
  return fetch(`${node}${text(request, "path")}`, {
    method: text(request, "method"),
    headers,
    ...(body === undefined ? {} : { body: fill(body, values) }),
  });
}

function fill(written: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(name, value), written);
}

/** An echo without the headers of the client that asked the worker. */
function comparable(body: string): unknown {
  if (!body.startsWith('{"path"')) return body;
  const echo = JSON.parse(body) as { readonly h: Fields };
  const own = Object.entries(echo.h)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !clientHeaders.has(name));
  return { ...echo, h: Object.fromEntries(own.sort()) };
}
