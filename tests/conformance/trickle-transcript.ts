import { createHash } from "node:crypto";
import { type HttpHandler, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { createTasks, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { TrickleStore, trickleRoute } from "@livepeer-ts/media";
import { manualClock } from "./manual-clock.ts";
import { type RawHead, RawHttpClient } from "./raw-http-client.ts";
import { type Fields, list, number, object, optionalText, text } from "./read-case.ts";
import type { ConformanceSuite } from "./suite.ts";

const leftOpen = "left open, chunks follow";
/** Headers of one server's own: how it writes dates, keeps connections and splits bodies. */
const ownHeaders: ReadonlySet<string> = new Set(["date", "keep-alive", "transfer-encoding", "connection"]);

/** A recorded conversation with a trickle server, played against ours on real connections. */
export const playTrickle: ConformanceSuite = async (testCase) => {
  const server = object(testCase, "server");
  const clock = manualClock();
  const tasks = createTasks("trickle transcript", silentLogger);
  const store = new TrickleStore(
    {
      basePath: text(server, "base_path"),
      autocreate: server["autocreate"] === true,
      changefeed: server["changefeed"] === true,
      idleMs: duration(text(server, "idle_timeout")),
      sweepMs: duration(text(server, "sweep_interval")),
    },
    { clock, tasks },
  );
  const route = trickleRoute({ store, clock });
  let arrived = 0;
  const handler: HttpHandler = (request) => {
    arrived++;
    return route.handle(request);
  };
  const host = await startHttpHost({ port: 0 }, handler, silentLogger);
  const connections = new Map<string, RawHttpClient>();
  const heads = new Map<string, RawHead>();
  const isHead = new Map<string, boolean>();
  let sent = 0;
  const settled = async () => {
    while (arrived < sent) await clock.turn();
    for (let i = 0; i < 50; i++) await clock.turn();
  };
  const expected: unknown[] = [];
  const got: unknown[] = [];
  try {
    for (const step of list(testCase, "steps") as Fields[]) {
      if (step["local"] !== undefined) {
        if (text(step, "local").startsWith("stop")) store.closeAll();
        else store.create({ name: text(step, "channel"), mimeType: text(step, "mime_type") });
        continue;
      }
      if (step["wait_ms"] !== undefined) {
        await settled();
        await clock.advance(number(step, "wait_ms"));
        await settled();
        continue;
      }
      const name = text(step, "conn");
      const connection = connections.get(name) ?? new RawHttpClient(host.port);
      connections.set(name, connection);
      if (step["request_line"] !== undefined) {
        await settled();
        connection.send(requestBytes(step));
        isHead.set(name, text(step, "request_line").startsWith("HEAD"));
        sent++;
        await settled();
      } else if (step["send_chunk_size"] !== undefined) {
        const body = text(step, "body");
        const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
        connection.send(step["end_of_body"] === true ? `${chunk}0\r\n\r\n` : chunk);
        await settled();
      } else if (step["server_closed_connection"] === true) {
        expected.push({ closed: true });
        got.push({ closed: await connection.closed() });
      } else if (step["response_body"] !== undefined) {
        const wanted = object(step, "response_body");
        expected.push(recordedBody(wanted));
        got.push(bodyAs(wanted, await connection.body(heads.get(name) as RawHead)));
      } else if (step["response_head"] !== undefined || step["response"] !== undefined) {
        const isWhole = step["response"] !== undefined;
        const wanted = object(step, isWhole ? "response" : "response_head");
        if (wanted["no_response"] === true) {
          // the recorded server broke down here, on an index below zero or in what followed
          if (wanted["connection_closed"] === true) {
            const head = await connection.head();
            const body = await connection.body(head);
            expected.push({ status: 400, body: "Invalid idx\n" });
            got.push({ status: head.status, body: body.toString() });
          } else {
            expected.push({ ok: true });
            got.push({ ok: (await connection.head()).status === 200 });
          }
          continue;
        }
        const head = await connection.head();
        heads.set(name, head);
        expected.push({ ...recordedHead(wanted), ...(isWhole ? recordedBody(wanted) : {}) });
        const body = isWhole ? bodyAs(wanted, await connection.body(head, isHead.get(name))) : {};
        got.push({ ...headAs(head), informational: head.informational, ...body });
      }
    }
    return { expected, got };
  } finally {
    for (const connection of connections.values()) connection.close();
    await tasks.stop();
    await host.stop(0);
  }
};

function requestBytes(step: Fields): Uint8Array {
  const head = [text(step, "request_line")];
  for (const [name, value] of list(step, "request_headers") as [string, string][]) head.push(`${name}: ${value}`);
  const start = utf8(`${head.join("\r\n")}\r\n\r\n`);
  if (step["request_body_pattern"] !== undefined) {
    const body = Buffer.alloc(number(step, "request_body_size"));
    for (let i = 0; i < body.length; i++) body[i] = (7 * i) & 0xff;
    return Buffer.concat([start, body]);
  }
  const body = optionalText(step, "request_body") ?? "";
  return Buffer.concat([start, utf8(body === leftOpen ? "" : body)]);
}

function recordedHead(wanted: Fields): Fields {
  const header = new Map((list(wanted, "headers") as [string, string][]).map(([n, v]) => [n.toLowerCase(), v]));
  const informational = (list(wanted, "informational") as Fields[]).map((one) => number(one, "status"));
  return { ...headAs({ status: number(wanted, "status"), header }), informational };
}

function headAs({ status, header }: RawHead): Fields {
  const shown = [...header].filter(([name]) => !ownHeaders.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { status, header: shown, closes: header.get("connection") === "close" };
}

function recordedBody(wanted: Fields): Fields {
  return { size: wanted["body_size"], body: wanted["body_sha256"] ?? wanted["body"] };
}

function bodyAs(wanted: Fields, body: Buffer): Fields {
  const isHashed = wanted["body_sha256"] !== undefined;
  return { size: body.length, body: isHashed ? createHash("sha256").update(body).digest("hex") : body.toString() };
}

/** Ms of `5m`, `400ms` and the like. */
function duration(written: string): number {
  const [, value = "", unit = ""] = /^(\d+)(ms|s|m)$/.exec(written) ?? [];
  return Number(value) * { ms: 1, s: 1000, m: 60_000 }[unit as "ms"];
}
