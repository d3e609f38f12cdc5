// What a webhook or an Ethereum node may answer, over real sockets: each answer ends in a clear error, soon, and makes the node
// hold no more than it wants.
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { WebhookGatewayCheck, webhookAccess, webhookDirectory } from "@livepeer-ts/execution";
import { LpError, noMetrics, silentLogger, toAddress } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { JsonRpc } from "@livepeer-ts/protocol/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const net = new NodeNet();
const clock = systemClock();
const never = new AbortController().signal;
/** Where nothing can come, a test need not wait; everywhere else a busy machine may take its time. */
const [silentMs, busyMs] = [700, 30_000];
let timeoutMs = busyMs;
const mebibyte = 1024 ** 2;

let server: Server;
let trap: Server;
let base = "";
let trapUrl = "";
let trapHits = 0;
let sentBytes = 0;
let answer: RequestListener = (_, response) => response.end();

function listening(listener: RequestListener): Promise<Server> {
  const made = createServer(listener);
  return new Promise((resolve) => made.listen(0, "127.0.0.1", () => resolve(made)));
}
const urlOf = (at: Server) => `http://127.0.0.1:${(at.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = await listening((request, response) => answer(request, response));
  trap = await listening((_, response) => {
    trapHits++;
    response.end("{}");
  });
  base = urlOf(server);
  trapUrl = `${urlOf(trap)}/latest/meta-data`;
});
afterAll(async () => {
  await net.stop();
  for (const each of [server, trap]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});

/** Writes as fast as it is read, `limit` bytes at most. */
function pour(response: ServerResponse, limit: number): void {
  const piece = Buffer.alloc(64 * 1024, " ");
  const more = () => {
    while (sentBytes < limit && !response.destroyed) {
      sentBytes += piece.length;
      if (!response.write(piece)) {
        response.once("drain", more);
        return;
      }
    }
    if (!response.destroyed) response.end();
  };
  more();
}

type Hostile = { readonly answer: RequestListener; readonly says: RegExp; readonly isSilent?: true };
const hostile: Readonly<Record<string, Hostile>> = {
  "too much": { answer: (_, response) => pour(response, 100 * mebibyte), says: /larger than|too large/ },
  "more than it announces to be able to": {
    answer: (_, response) => {
      response.setHeader("content-length", String(10 ** 12));
      pour(response, 100 * mebibyte);
    },
    says: /larger than|too large/,
  },
  "without end, byte by byte": {
    answer: (_, response) => {
      const drip = setInterval(() => response.write(" "), 20);
      response.once("close", () => clearInterval(drip));
    },
    says: /no answer within 700 ms/,
    isSilent: true,
  },
  nothing: { answer: () => {}, says: /no answer within 700 ms/, isSilent: true },
  "a few bytes that inflate to gigabytes": {
    answer: (_, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(Buffer.alloc(20 * mebibyte, "[")));
    },
    says: /encoded as gzip.*without Content-Encoding/,
  },
  "a redirect to an address inside": {
    answer: (_, response) => {
      response.writeHead(302, { location: trapUrl });
      response.end();
    },
    says: /redirect \(status 302\)/,
  },
  "a redirect that keeps the method": {
    answer: (_, response) => {
      response.writeHead(307, { location: trapUrl });
      response.end();
    },
    says: /redirect \(status 307\)/,
  },
  "a web page": {
    answer: (_, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<html>sign in</html>");
    },
    says: /JSON/,
  },
  "an answer that breaks off": {
    answer: (_, response) => {
      response.setHeader("content-length", "1000");
      response.write("{");
      setImmediate(() => response.destroy());
    },
    says: /broke|EOF/,
  },
};

type Asker = { readonly ask: () => Promise<unknown>; readonly code: RegExp; readonly mostBytes: number };
const askers: Readonly<Record<string, () => Asker>> = {
  "access webhook": () => ({
    ask: () =>
      webhookAccess({ url: `${base}/auth`, timeoutMs }, { net, clock, metrics: noMetrics }).check("rtmp://x/y", never),
    code: /^access_(unknown|denied)$/,
    mostBytes: 8 * mebibyte,
  }),
  "webhook that lists orchestrators": () => ({
    ask: () => webhookDirectory({ url: `${base}/list`, timeoutMs }, { net, clock, logger: silentLogger }).list(never),
    code: /^discovery_webhook$/,
    mostBytes: 8 * mebibyte,
  }),
  "webhook that admits gateways": () => ({
    ask: () =>
      new WebhookGatewayCheck({ url: `${base}/gateways`, timeoutMs }, { net, clock, logger: silentLogger }).admit(
        toAddress(`0x${"aa".repeat(20)}`),
      ),
    code: /^gateway_unknown$/,
    mostBytes: 8 * mebibyte,
  }),
  "Ethereum node, which has the price feed": () => ({
    ask: () =>
      new JsonRpc(
        { urls: [base], timeoutMs, maxAttempts: 1, maxAnswerBytes: mebibyte },
        { net, clock, logger: silentLogger, metrics: noMetrics },
      ).call("eth_call", [], never),
    code: /^rpc_(unavailable|error)$/,
    mostBytes: 8 * mebibyte,
  }),
};

describe.each(Object.entries(askers))("an %s", (_, asker) => {
  it.each(Object.entries(hostile))("that answers %s is told of, and makes the node hold little", async (_, says) => {
    answer = says.answer;
    timeoutMs = says.isSilent === true ? silentMs : busyMs;
    sentBytes = 0;
    trapHits = 0;
    const { ask, code, mostBytes } = asker();
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LpError);
    expect((error as LpError).code).toMatch(code);
    expect((error as LpError).message).toMatch(says.says);
    // what lies in the sockets between us is the system's
    expect(sentBytes).toBeLessThan(mostBytes);
    expect(trapHits).toBe(0);
  });
});
