// A classifier as operators run one: `node picture-classifier.ts FOLDER`. It sees FOLDER as /stream, reads what it is asked about with
// ffmpeg, and calls a rendition tampered with when its brightness is not the source's. Each judgement is a message to its parent.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** A message of this program: what it was asked, and what it answered or why it could not. */
export type Judgement = Asked & { readonly tampered?: readonly boolean[]; readonly failed?: string };

type Asked = { readonly source: string; readonly renditions: readonly { readonly uri: string }[] };

const folder = process.argv[2] ?? "";
const run = promisify(execFile);
const mostDifference = 20;

/** Mean brightness, 0-255, of all pictures. */
async function brightness(uri: string): Promise<number> {
  if (!uri.startsWith("/stream/")) throw new Error(`${uri} is not in the shared folder`);
  const args = ["-v", "error", "-i", join(folder, uri.slice("/stream/".length)), "-map", "0:v:0"];
  const { stdout } = await run("ffmpeg", [...args, "-vf", "scale=16:9,format=gray", "-f", "rawvideo", "-"], {
    encoding: "buffer",
  });
  return stdout.reduce((sum, value) => sum + value, 0) / stdout.length;
}

async function judge({ source, renditions }: Asked) {
  const wanted = await brightness(source);
  return Promise.all(
    renditions.map(async ({ uri }) => {
      const isOther = Math.abs((await brightness(uri)) - wanted) > mostDifference;
      return {
        video_available: true,
        audio_available: true,
        audio_dist: 0,
        tamper: isOther ? 1 : 0,
        ocsvm_dist: isOther ? -1 : 1,
      };
    }),
  );
}

const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const asked = JSON.parse(Buffer.concat(pieces).toString()) as Asked;
  try {
    const results = await judge(asked);
    process.send?.({ ...asked, tampered: results.map(({ tamper }) => tamper > 0) } satisfies Judgement);
    response.end(JSON.stringify({ source: asked.source, results }));
  } catch (error) {
    process.send?.({ ...asked, failed: String(error) } satisfies Judgement);
    response.writeHead(500).end();
  }
});
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => process.exit(0));
server.listen(0, "127.0.0.1", () =>
  process.send?.({ type: "ready", facts: { port: (server.address() as AddressInfo).port } }),
);
