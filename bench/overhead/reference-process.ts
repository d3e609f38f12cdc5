// What the overhead is compared with: a bare HTTP/2 server over TLS that takes the body, hashes it with the same WebAssembly and
// answers as many bytes as the renditions have. Its windows are raised as ours are. With arguments, `<bytes of the answer>` and the
// URI of a second one, it is a bare relay: it hands the body on, and hashes and answers what comes back.
import { type ClientHttp2Session, connect, createSecureServer, type Http2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { keccak256 } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate } from "@livepeer-ts/kernel/adapters";
import { measuredCalls, serveCalls } from "./process-link.ts";
import { renditionBytes } from "./work.ts";

const [answerBytes = String(renditionBytes), onward] = process.argv.slice(2);
const windowBytes = 64 * 1024 * 1024;
const settings = { initialWindowSize: 16 * 1024 * 1024, maxFrameSize: 1024 * 1024 };

const tls = await createSelfSignedCertificate("127.0.0.1");
const answer = Buffer.alloc(Number(answerBytes), 0x47);
const next = onward === undefined ? undefined : connect(onward, { rejectUnauthorized: false, settings });
next?.once("connect", () => next.setLocalWindowSize(windowBytes));

let segments = 0;
const server = createSecureServer({ ...tls, settings });
server.on("session", (session) => session.setLocalWindowSize(windowBytes));
server.on("stream", async (stream) => {
  const body = await chunksOf(stream);
  const hash = keccak256(...body);
  const parts = next === undefined ? [answer] : await handedOn(next, body);
  segments++;
  stream.respond({ ":status": 200, "x-hash": Buffer.from(hash).toString("hex") });
  for (const part of parts) stream.write(part);
  stream.end();
});

async function chunksOf(stream: Http2Stream): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return chunks;
}

async function handedOn(session: ClientHttp2Session, body: readonly Buffer[]): Promise<Buffer[]> {
  const request = session.request({ ":method": "POST", ":path": "/segment" });
  for (const chunk of body) request.write(chunk);
  request.end();
  const parts = await chunksOf(request);
  keccak256(...parts);
  return parts;
}

await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const measured = measuredCalls(() => ({ segments }));
serveCalls({
  uri: () => `https://127.0.0.1:${port}`,
  begin() {
    segments = 0;
    measured.begin();
  },
  end: () => measured.end(),
});
