// What the overhead is compared with: a bare HTTP/2 server over TLS that takes the body, hashes it with the same WebAssembly and
// answers as many bytes as the renditions have. Its windows are raised as ours are.
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { keccak256 } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate } from "@livepeer-ts/kernel/adapters";
import { measuredCalls, serveCalls } from "./process-link.ts";
import { renditionBytes } from "./work.ts";

const tls = await createSelfSignedCertificate("127.0.0.1");
const answer = Buffer.alloc(renditionBytes, 0x47);
let segments = 0;
const server = createSecureServer({
  ...tls,
  settings: { initialWindowSize: 16 * 1024 * 1024, maxFrameSize: 1024 * 1024 },
});
server.on("session", (session) => session.setLocalWindowSize(64 * 1024 * 1024));
server.on("stream", (stream) => {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    const hash = keccak256(...chunks);
    segments++;
    stream.respond({ ":status": 200, "x-hash": Buffer.from(hash).toString("hex") });
    stream.end(answer);
  });
});
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
