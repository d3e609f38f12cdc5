import type { AccessCheck, AccessGrant } from "@livepeer-ts/execution";
import {
  bodyOf,
  type Clock,
  errorText,
  type HttpRequest,
  type HttpResponse,
  type HttpRoute,
  type Logger,
  LpError,
  type ObjectStore,
  type OpenObject,
  utf8,
} from "@livepeer-ts/kernel";
import { type Mp4Remuxer, playlistMime } from "@livepeer-ts/media";
import { contentTypeOf } from "../object-store/content-type.ts";
import { isRecordingFinal, readRecording, saveFinalPlaylists } from "./read-recording.ts";
import { RecordingAccess } from "./recording-access.ts";
import { recordedTransportStream } from "./recording-download.ts";
import { recordingMasterPlaylist, recordingMediaPlaylist } from "./recording-hls.ts";

export type RecordingsRouteDeps = {
  /** `-recordStore`; undefined: only the stores that the access check names. */
  readonly store: ObjectStore | undefined;
  /** Opens a store that the access check names. */
  readonly openStore: (url: string) => Promise<ObjectStore>;
  /** Undefined: everybody may read. */
  readonly access: AccessCheck | undefined;
  /** True while this node still records it: such a recording is not finalized. */
  readonly isRecording: (manifestId: string) => boolean;
  readonly remux: Mp4Remuxer;
  readonly clock: Clock;
  readonly logger: Logger;
};

const prefix = "/recordings/";
/** MP4 files that are being made at once; each is a process. */
const maxDownloads = 4;

/** What is asked for: `/recordings/<manifestId>/<name>`. */
type Asked = {
  readonly manifestId: string;
  /** Everything behind the manifest id, with its extension. */
  readonly name: string;
  readonly extension: string;
  /** `finalize=` of the query. */
  readonly finalize: boolean | undefined;
};

/** An answer other than the recording itself. */
class Refusal extends LpError {
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super({ code: "recording_refused", message, details: { status }, cause });
    this.status = status;
  }
}

/**
 * `GET /recordings/<manifestId>/index.m3u8`, `<track>.m3u8`, `<track>.mp4`, `…/<n>.ts`, with `?finalize=true|false`: recordings out
 * of their store. Statuses are go-livepeer's: 405, 400, 403, 404, 500.
 */
export function recordingsRoute(deps: RecordingsRouteDeps): HttpRoute {
  const access = deps.access === undefined ? undefined : new RecordingAccess(deps.access, deps.clock);
  const downloads = { running: 0 };
  return {
    name: "recordings",
    match: (_request, path) => path.startsWith(prefix),
    async handle(request) {
      try {
        return await serve(request, deps, access, downloads);
      } catch (error) {
        if (request.signal.aborted) throw error;
        const status = error instanceof Refusal ? error.status : 500;
        if (status === 500) {
          deps.logger.warn("a recording could not be read", {
            path: new URL(request.url).pathname.slice(0, 200),
            error: errorText(error),
          });
        }
        return text(status, `${errorText(error)}\n`, "text/plain; charset=utf-8");
      }
    },
  };
}

async function serve(
  request: HttpRequest,
  deps: RecordingsRouteDeps,
  access: RecordingAccess | undefined,
  downloads: { running: number },
): Promise<HttpResponse> {
  if (request.method !== "GET") throw new Refusal(405, "Method Not Allowed");
  const asked = parseAsked(new URL(request.url));
  const grant = await granted(request, asked, access);
  const store = grant?.recordStoreUrl === undefined ? deps.store : await deps.openStore(grant.recordStoreUrl);
  if (store === undefined) throw new Refusal(400, "no store for recordings: start the node with -recordStore");
  const { manifestId, name, extension } = asked;
  const { signal } = request;
  const isRecording = deps.isRecording(manifestId);
  const isPlaylist = extension === "m3u8";
  if (!(isPlaylist && isRecording)) {
    const object = await store.get(`${manifestId}/${name}`, { signal });
    if (object !== undefined) return stored(object, isPlaylist ? playlistMime : contentTypeOf(name));
  }
  if (extension === "ts" || name.includes("/")) throw new Refusal(404, "not found");
  const previousSessions = grant?.previousSessions ?? [];
  const found = await readRecording(store, manifestId, { previousSessions, signal });
  if (found === undefined) throw new Refusal(404, "not found");
  const trackName = name.slice(0, -extension.length - 1);
  const { recording } = found;
  if (!isPlaylist) {
    const stream = recordedTransportStream(store, recording, trackName, signal);
    if (stream === undefined) throw new Refusal(404, "not found");
    return download(`${manifestId}-${trackName}.mp4`, deps.remux(stream, signal), downloads);
  }
  const baseUrl = grant?.recordBaseUrl;
  const based = baseUrl === undefined ? {} : { baseUrl };
  const isFinal = !isRecording && isRecordingFinal(asked.finalize, found.newestAtMs, deps.clock.now());
  if (isFinal) await saveFinalPlaylists(store, manifestId, recording, { ...based, signal });
  const list =
    trackName === "index"
      ? recordingMasterPlaylist(recording)
      : recordingMediaPlaylist(recording, trackName, { manifestId, isFinal, ...based });
  if (list === undefined) throw new Refusal(404, "not found");
  return text(200, list, playlistMime);
}

function parseAsked(url: URL): Asked {
  let path: string;
  try {
    path = decodeURIComponent(url.pathname.slice(prefix.length));
  } catch {
    throw new Refusal(400, "the path holds a broken % sequence");
  }
  const [manifestId = "", ...rest] = path.split("/");
  const name = rest.join("/");
  const extension = /\.(m3u8|ts|mp4)$/.exec(name)?.[1];
  if (manifestId === "" || name === "") throw new Refusal(400, "expected /recordings/<manifest id>/<name>");
  if (extension === undefined) throw new Refusal(400, "a recording has .m3u8, .ts and .mp4 only");
  const isInside = [manifestId, ...rest].every((part) => part !== "" && part !== "." && part !== "..");
  if (!isInside) throw new Refusal(400, "the path is not inside the recording");
  const asked = url.searchParams.get("finalize");
  return { manifestId, name, extension, finalize: asked === "true" ? true : asked === "false" ? false : undefined };
}

async function granted(
  request: HttpRequest,
  { manifestId }: Asked,
  access: RecordingAccess | undefined,
): Promise<AccessGrant | undefined> {
  try {
    return await access?.check(manifestId, request.url, request.signal);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    const message = errorText(cause);
    throw new Refusal(message.includes("not found") ? 404 : 403, message, cause);
  }
}

function headers(type: string): Record<string, string> {
  return {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Length",
    "content-type": type,
    ...(type === playlistMime ? { "cache-control": "max-age=5" } : {}),
  };
}

function text(status: number, body: string, type: string): HttpResponse {
  const bytes = utf8(body);
  const header = new Headers({ ...headers(type), "content-length": String(bytes.length) });
  return { status, header, body: bodyOf(bytes) };
}

function stored(object: OpenObject, type: string): HttpResponse {
  const header = new Headers({ ...headers(type), "content-length": String(object.sizeBytes) });
  return { status: 200, header, body: object.body };
}

/** An MP4 as it is made. Its first bytes are waited for: what cannot be made is an error and no half file. */
async function download(
  fileName: string,
  made: AsyncIterable<Uint8Array>,
  downloads: { running: number },
): Promise<HttpResponse> {
  if (downloads.running >= maxDownloads) {
    throw new Refusal(503, `${maxDownloads} MP4 files are being made already: try again in a while`);
  }
  downloads.running++;
  const pieces = made[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array>;
  try {
    first = await pieces.next();
  } catch (error) {
    downloads.running--;
    throw error;
  }
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
    } finally {
      downloads.running--;
      await pieces.return?.();
    }
  }
  const header = new Headers({
    ...headers("video/mp4"),
    "content-disposition": `attachment; filename=${fileName.replace(/[^\w.-]/g, "_")};`,
  });
  return { status: 200, header, body: body() };
}
