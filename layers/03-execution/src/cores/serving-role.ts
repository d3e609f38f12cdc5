import type {
  Clock,
  HttpHandler,
  HttpRoute,
  Logger,
  Metrics,
  Net,
  ObjectStore,
  PostUpload,
  Tasks,
} from "@livepeer-ts/kernel";
import type { TranscoderBackend } from "@livepeer-ts/media";
import { routed } from "../http/routed.ts";
import { localEngine } from "../orchestrator/local-engine.ts";
import { ObjectShelf, objectsPath } from "../orchestrator/object-shelf.ts";
import type { OrchestratorOptions } from "../orchestrator/orchestrator-options.ts";
import { ResultStore } from "../orchestrator/result-store.ts";
import { segmentRoute } from "../orchestrator/segment-route.ts";
import { SegmentWorker } from "../orchestrator/segment-worker.ts";
import type { NodeSigner } from "../ports/node-signer.ts";
import { DistantBooks } from "./distant-books.ts";
import type { MessageLine } from "./message-line.ts";

export type ServingOptions = Pick<
  OrchestratorOptions,
  "serviceUri" | "version" | "objectsPerDirectory" | "inputDownloadMs"
> & {
  /** Number of this process among those that share the port. */
  readonly number: number;
  /** Who works, for the renditions' metadata. */
  readonly orchId: string;
};

export type ServingDeps = {
  readonly clock: Clock;
  readonly net: Net;
  readonly tasks: Tasks;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signer: Pick<NodeSigner, "verify">;
  readonly line: MessageLine;
  /** Absent: segments are handed on like everything else. */
  readonly backend: TranscoderBackend | undefined;
  readonly store?: ObjectStore;
  readonly post?: PostUpload;
  /** Hands a request to the process that keeps the books, or (with a number) to a sibling. */
  readonly handOn: (to: "books" | number) => HttpHandler;
};

/** One of the processes that serve an orchestrator's port. */
export type ServingRole = {
  readonly handler: HttpHandler;
  /** For siblings: what lies on this process's shelf. */
  readonly shelfHandler: HttpHandler;
  readonly books: DistantBooks;
  stop(): Promise<void>;
};

const boardOf = (number: number) => `core${number}`;
const boardPattern = new RegExp(`^${objectsPath}${boardOf(0).replace("0", "")}(\\d{1,3})/`);

/** Receives segments, transcodes them and hands out the results; what the node must know once is asked from its books. */
export function startServing(options: ServingOptions, deps: ServingDeps): ServingRole {
  const tasks = deps.tasks.child("serving");
  const { backend, handOn } = deps;
  const shelf = new ObjectShelf(options.objectsPerDirectory, boardOf(options.number));
  const books = new DistantBooks(deps.line, (sessionId) => {
    shelf.dropSession(sessionId);
    if (backend !== undefined) tasks.spawn("end session", () => backend.endSession(sessionId));
  });
  const siblings: HttpRoute = {
    name: "siblings",
    match: (_request, path) => boardPattern.test(path),
    handle: (request) => handOn(Number(boardPattern.exec(new URL(request.url).pathname)?.[1]))(request),
  };
  return {
    handler: routed([
      ...(backend === undefined ? [] : [ownSegments(backend, shelf, books, options, deps)]),
      shelf.route(),
      siblings,
      { name: "books", match: () => true, handle: handOn("books") },
    ]),
    shelfHandler: routed([shelf.route()]),
    books,
    async stop() {
      books.close();
      await tasks.stop();
    },
  };
}

function ownSegments(
  backend: TranscoderBackend,
  shelf: ObjectShelf,
  books: DistantBooks,
  options: ServingOptions,
  deps: ServingDeps,
): HttpRoute {
  const engine = localEngine({ backend, version: options.version });
  const worker = new SegmentWorker({ ...deps, ...options, engine, books, shelf, results: new ResultStore(deps) });
  const bandwidth = { add: (byteCount: number, ms: number) => books.received(byteCount, ms) };
  return segmentRoute({ ...deps, books, worker, bandwidth, inputDownloadMs: options.inputDownloadMs });
}
