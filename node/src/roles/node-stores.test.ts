import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { PostCredentials } from "@livepeer-ts/kernel";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createProcessPorts, type ProcessPorts } from "../process-ports.ts";
import { type NodeStores, type NodeStoresOptions, openNodeStores } from "./node-stores.ts";

let server: Server;
let host: string;
let ports: ProcessPorts;
let seen: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  ports = createProcessPorts("test", { level: 0, format: "json" });
});
afterAll(async () => {
  await ports.tasks.stop();
  await ports.net.stop();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  seen = [];
});

async function withStores<T>(
  options: Partial<NodeStoresOptions>,
  work: (stores: NodeStores) => Promise<T>,
): Promise<T> {
  const peers = { named: [], chainId: 42_161n, allowEgress: [], ...options.peers };
  const none = { live: undefined, record: undefined };
  const stores = await openNodeStores({ stores: none, ...options, peers }, ports);
  try {
    return await work(stores);
  } finally {
    await stores.stop();
  }
}

const s3 = () => `s3+http://user:secret@${host}/bucket`;
const credentials = (): PostCredentials => ({
  storageType: "s3",
  host: `http://${host}/bucket`,
  key: "stream",
  policy: "cG9saWN5",
  signature: "00",
  credential: "AKID/20261129/us-east-1/s3/aws4_request",
  xAmzDate: "20261129T000000Z",
});
const bytes = Uint8Array.of(1, 2, 3);
const refused = { code: "egress_refused" };

it("posts to no store on this machine or in its networks that a peer names, unless the operator named peers there", async () => {
  await withStores({}, async ({ post }) => {
    await expect(post(credentials(), "low/1.ts", bytes)).rejects.toMatchObject(refused);
    const metadata = { ...credentials(), host: "http://169.254.169.254/bucket" };
    await expect(post(metadata, "low/1.ts", bytes)).rejects.toMatchObject(refused);
  });
  // a store of the operator's own opens nothing to peers
  await withStores({ stores: { live: s3(), record: undefined } }, async ({ post }) => {
    await expect(post(credentials(), "low/1.ts", bytes)).rejects.toMatchObject(refused);
  });
  expect(seen).toEqual([]);
  const peers = { named: [], chainId: 42_161n, allowEgress: [host] };
  await withStores({ peers }, ({ post }) => post(credentials(), "low/1.ts", bytes));
  expect(seen).toEqual(["POST /bucket"]);
});

it("opens stores that the webhook names in the webhook's own network and beside the operator's own stores, nowhere else near", async () => {
  const put = ({ openNamed }: NodeStores) => openNamed(s3()).then((store) => store.put("a/1.ts", bytes));
  const webhookUrl = "https://hooks.example.com/auth";
  await expect(withStores({ webhookUrl }, put)).rejects.toMatchObject(refused);
  expect(seen).toEqual([]);
  await withStores({ webhookUrl: "http://127.0.0.1:1/auth" }, put);
  await withStores({ webhookUrl, stores: { live: undefined, record: s3() } }, put);
  expect(seen).toEqual(["PUT /bucket/a/1.ts", "PUT /bucket/a/1.ts"]);
});

it("opens stores that publishers name as those of peers, and neither directories nor key files of this machine", async () => {
  const open = (url: string, options: Partial<NodeStoresOptions> = {}) =>
    withStores({ webhookUrl: "http://127.0.0.1:1/auth", ...options }, async ({ streams }) => {
      const store = await streams.live(url, "publisher");
      await store?.put("a/1.ts", bytes);
    });
  for (const url of ["/tmp", "file:///tmp", "memory://here", "gs://bucket?keyfile=/etc/passwd"]) {
    await expect(open(url)).rejects.toMatchObject({ code: "object_store_url_bad" });
    const recording = withStores({}, ({ streams }) => streams.recording("movie", url, "publisher"));
    await expect(recording).rejects.toMatchObject({ code: "object_store_url_bad" });
  }
  await expect(open(s3())).rejects.toMatchObject(refused);
  await expect(open(s3(), { stores: { live: s3(), record: undefined } })).rejects.toMatchObject(refused);
  expect(seen).toEqual([]);
  await open(s3(), { peers: { named: [], chainId: 42_161n, allowEgress: [host] } });
  expect(seen).toEqual(["PUT /bucket/a/1.ts"]);
});

it("records where the flag or the grant says, under the stream's name and the node's, and not under names that are paths", async () => {
  const record = async (name: string, url: string | undefined, options: Partial<NodeStoresOptions> = {}) => {
    await withStores({ webhookUrl: "http://127.0.0.1:1/auth", ...options }, async ({ streams, isRecording }) => {
      const recording = await streams.recording(name, url);
      expect(isRecording(name)).toBe(recording !== undefined);
      const track = { name: "source", bandwidthBps: 1, resolution: "1x1" };
      recording?.record(track, { seqNo: 0, durationMs: 2000, bytes, extension: ".ts" });
      await recording?.finished();
      expect(isRecording(name)).toBe(false);
    });
    return seen.splice(0).map((line) => line.replace(/playlist_\d+/, "playlist_N"));
  };
  const wanted = (node: string) => [
    `PUT /bucket/movie/${node}/source/0.ts`,
    `PUT /bucket/movie/${node}/playlist_N.json`,
  ];
  expect(await record("movie", undefined)).toEqual([]);
  expect(await record("movie", s3())).toEqual(wanted(hostname()));
  const flags = { stores: { live: undefined, record: s3() }, account: "0xab" };
  expect(await record("movie", undefined, flags)).toEqual(wanted(`0xab-${hostname()}`));
  await expect(record("..", s3())).rejects.toMatchObject({ code: "bad_stream_name" });
  await expect(record("a/b", s3())).rejects.toMatchObject({ code: "bad_stream_name" });
});
