/**
 * A worker of an external capability as a program of its own: it sends back the video that it gets, and a line of data for each
 * segment. Nothing but HTTP; certificates are not looked at. Prints its port.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const name = process.argv[2] ?? "worker";

async function work(urls: Readonly<Record<string, unknown>>): Promise<void> {
  const post = (url: unknown, index: number, body: Uint8Array | string) =>
    typeof url === "string"
      ? fetch(`${url}/${index}`, { method: "POST", body: body as Uint8Array<ArrayBuffer> | string })
      : Promise.resolve(undefined);
  await post(urls["events_url"], 0, JSON.stringify({ event: { type: "status", pipeline: name, state: "ONLINE" } }));
  for (let [index, count] = [0, 0]; ; ) {
    const answer = await fetch(`${String(urls["subscribe_url"])}/${index}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status === 404 || answer.headers.has("lp-trickle-closed")) return;
    if (answer.status === 470) {
      index = Number(answer.headers.get("lp-trickle-latest"));
      continue;
    }
    index = Number(answer.headers.get("lp-trickle-seq")) + 1;
    if (bytes.length === 0) continue;
    await post(urls["publish_url"], count, bytes);
    await post(urls["data_url"], count, `${JSON.stringify({ worker: name, count, bytes: bytes.length })}\n`);
    count++;
  }
}

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    if (request.url === "/stream/start") void work(JSON.parse(text) as Record<string, unknown>).catch(() => {}); // its orchestrator is gone, which is what tests do
    response.end(JSON.stringify({ worker: name, path: request.url, got: text }));
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
