import { hostname } from "node:os";
import {
  createPostUpload,
  parseObjectStoreUrl,
  RecordingWriter,
  redactedObjectStoreUrl,
  StreamRecorder,
} from "@livepeer-ts/data";
import { nodeDigests, openObjectStore } from "@livepeer-ts/data/adapters";
import type { StoreNamedBy, StreamRecording, StreamStores } from "@livepeer-ts/execution";
import { LpError, type ObjectStore, type PostUpload } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import type { StoreConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type PeerNetOptions, peerNet } from "./peer-net.ts";

export type NodeStoresOptions = {
  readonly stores: StoreConfig;
  /** Whom peers may send this node to. */
  readonly peers: PeerNetOptions;
  /** The access webhook, which may name stores of its own; undefined: none. */
  readonly webhookUrl?: string | undefined;
  /** Part of the folder names of recordings: the account as the flags have it. */
  readonly account?: string | undefined;
};

/** The object stores of a node. */
export type NodeStores = {
  /** `-objectStore`; undefined: memory. */
  readonly live: ObjectStore | undefined;
  /** `-recordStore`. */
  readonly record: ObjectStore | undefined;
  readonly streams: StreamStores;
  /** A store that the access webhook names. */
  readonly openNamed: (url: string) => Promise<ObjectStore>;
  /** A store that the operator names. */
  readonly openOwn: (url: string) => Promise<ObjectStore>;
  /** True while a stream of this external id is being recorded here. */
  readonly isRecording: (externalId: string) => boolean;
  /** Uploads into stores that peers name. */
  readonly post: PostUpload;
  stop(): Promise<void>;
};

/** Stores that the access webhook named and that stay open; as many again that publishers named. */
const maxNamed = 100;

/** Opens what the flags name. Nothing is asked of a store elsewhere before it is used. */
export async function openNodeStores(options: NodeStoresOptions, ports: ProcessPorts): Promise<NodeStores> {
  // stores sign nothing: who they are is known by their certificates
  const verifyTls = { verifyTls: true };
  const trusted = new NodeNet(verifyTls);
  const deps = { ...ports, digests: nodeDigests };
  const open = async (url: string | undefined) =>
    url === undefined || parseObjectStoreUrl(url).kind === "memory"
      ? undefined
      : openObjectStore({ url }, { ...deps, net: trusted });
  const live = await open(options.stores.live);
  const record = await openRecordStore(options.stores.record, { ...deps, net: trusted });
  const own = [live, record].flatMap((store) =>
    store?.isExternal === true ? [new URL(store.publicUrl("x")).origin] : [],
  );
  const webhook = options.webhookUrl === undefined ? [] : [new URL(options.webhookUrl).origin];
  const peerGuard = peerNet(options.peers, trusted, verifyTls);
  // a webhook on this machine or in a private network may name stores there
  const namedGuard = peerNet({ ...options.peers, named: webhook, exactly: own }, trusted, verifyTls);

  const openNamed = remembered((url) => openObjectStore({ url }, { ...deps, net: namedGuard }));
  const openPublishers = remembered(async (url) => {
    checkPublishersStore(url);
    // publishers may be anybody: their stores are reached as peers' are
    return openObjectStore({ url }, { ...deps, net: peerGuard });
  });
  const openFor = (url: string, namedBy: StoreNamedBy) => (namedBy === "publisher" ? openPublishers : openNamed)(url);
  const nodeId = options.account === undefined ? hostname() : `${options.account}-${hostname()}`;
  const recorded = new Map<string, number>();
  const startRecording = (externalId: string, store: ObjectStore): StreamRecording => {
    if (!/^[\w.~+-]{1,200}$/.test(externalId) || /^\.+$/.test(externalId)) {
      throw new LpError({
        code: "bad_stream_name",
        message: `"${externalId.slice(0, 80)}" cannot be recorded: use letters, digits and - _ . ~ + in the stream's name`,
      });
    }
    const onLost = (key: string, error: LpError) => {
      ports.metrics.count("livepeer_object_uploads_total", { store: "record", result: "failed" });
      ports.logger.warn("a list of a recording was not stored", { key, error: error.message });
    };
    const writer = new RecordingWriter({ prefix: `${externalId}/${nodeId}` }, { ...ports, store, onLost });
    const recorder = new StreamRecorder({ manifestId: externalId }, { ...ports, writer });
    recorded.set(externalId, (recorded.get(externalId) ?? 0) + 1);
    let isOver = false;
    return {
      record: (track, segment) => recorder.record(track, segment),
      async finished() {
        await recorder.finished();
        if (isOver) return;
        isOver = true;
        const left = (recorded.get(externalId) ?? 1) - 1;
        if (left === 0) recorded.delete(externalId);
        else recorded.set(externalId, left);
      },
    };
  };
  for (const [what, url] of [
    ["live output", options.stores.live],
    ["recordings", options.stores.record],
  ] as const) {
    if (url !== undefined) ports.logger.info("object store", { for: what, store: redactedObjectStoreUrl(url) });
  }
  return {
    live,
    record,
    openNamed,
    openOwn: (url) => openObjectStore({ url }, { ...deps, net: trusted }),
    isRecording: (externalId) => recorded.has(externalId),
    post: createPostUpload({ ...ports, net: peerGuard }),
    streams: {
      live: async (url, namedBy = "access") => (url === undefined ? live : openFor(url, namedBy)),
      async recording(externalId, url, namedBy = "access") {
        const store = url === undefined ? record : await openFor(url, namedBy);
        return store === undefined ? undefined : startRecording(externalId, store);
      },
    },
    async stop() {
      await Promise.all([peerGuard.stop(), namedGuard.stop()]);
      await trusted.stop();
    },
  };
}

/** Opens each URL once; of many the oldest is forgotten. */
function remembered(open: (url: string) => Promise<ObjectStore>): (url: string) => Promise<ObjectStore> {
  const stores = new Map<string, Promise<ObjectStore>>();
  return (url) => {
    const known = stores.get(url);
    if (known !== undefined) return known;
    const opening = open(url);
    opening.catch(() => stores.delete(url));
    const [oldest] = stores.keys();
    if (stores.size >= maxNamed && oldest !== undefined) stores.delete(oldest);
    stores.set(url, opening);
    return opening;
  };
}

/** A publisher names no directories, memory or key files of this machine. */
function checkPublishersStore(url: string): void {
  const location = parseObjectStoreUrl(url);
  if (location.kind === "s3" || (location.kind === "gcs" && !("file" in location.key))) return;
  throw new LpError({
    code: "object_store_url_bad",
    message: "a publisher's object store must be an s3:// URL, or a gs:// URL that carries its key",
  });
}

/** Recordings may also be kept in memory, for a trial. */
async function openRecordStore(
  url: string | undefined,
  deps: Parameters<typeof openObjectStore>[1],
): Promise<ObjectStore | undefined> {
  return url === undefined ? undefined : openObjectStore({ url, baseUrl: "/recordings" }, deps);
}
