import { bodyOf, type HttpRoute } from "@livepeer-ts/kernel";

type Item = { readonly bytes: Uint8Array; readonly contentType: string; fetchCount: number };

/** Where results are served. */
export const objectsPath = "/stream/";

/** Finished renditions in memory until the gateway has fetched them: the last few per directory, gone with their session. */
export class ObjectShelf {
  readonly #directories = new Map<string, Map<string, Item>>();
  readonly #objectsPerDirectory: number;
  readonly #prefix: string;

  /** `board`: first part of the paths, where several shelves are reached at one address. Default: none. */
  constructor(objectsPerDirectory: number, board?: string) {
    this.#objectsPerDirectory = objectsPerDirectory;
    this.#prefix = board === undefined ? objectsPath : `${objectsPath}${board}/`;
  }

  /** Stores under `<sessionId>/<rest>/<name>` and returns the path on this node. */
  put(path: string, bytes: Uint8Array, contentType: string): string {
    const cut = path.lastIndexOf("/");
    const directory = path.slice(0, cut);
    const items = this.#directories.get(directory) ?? new Map<string, Item>();
    items.delete(path);
    items.set(path, { bytes, contentType, fetchCount: 0 });
    this.#directories.set(directory, items);
    for (const oldest of items.keys()) {
      if (items.size <= this.#objectsPerDirectory) break;
      items.delete(oldest);
    }
    return this.pathOf(path);
  }

  /** Where an object of the shelf is served. */
  pathOf(path: string): string {
    return `${this.#prefix}${path}`;
  }

  get(path: string): Item | undefined {
    return this.#directories.get(path.slice(0, path.lastIndexOf("/")))?.get(path);
  }

  /** How often an object of the shelf was asked for; 0 when it is not there. */
  fetchCount(path: string): number {
    return this.get(path)?.fetchCount ?? 0;
  }

  /** Forgets one object. */
  drop(path: string): void {
    const directory = path.slice(0, path.lastIndexOf("/"));
    const items = this.#directories.get(directory);
    items?.delete(path);
    if (items?.size === 0) this.#directories.delete(directory);
  }

  /** Forgets everything of a session. */
  dropSession(sessionId: string): void {
    for (const directory of this.#directories.keys()) {
      if (directory === sessionId || directory.startsWith(`${sessionId}/`)) this.#directories.delete(directory);
    }
  }

  /** `GET /stream/<sessionId>/<profile>/<seq>.ts`. */
  route(): HttpRoute {
    return {
      name: "objects",
      match: (_request, path) => path.startsWith(this.#prefix),
      handle: async (request) => {
        const path = decodedPath(request.url, this.#prefix);
        const item = path === undefined ? undefined : this.get(path);
        const common = { "access-control-allow-origin": "*", "cache-control": "max-age=5" };
        if (item !== undefined && request.method === "GET") item.fetchCount++;
        if (item === undefined) {
          return {
            status: 404,
            header: new Headers({ ...common, "content-type": "text/plain; charset=utf-8" }),
            body: bodyOf(new TextEncoder().encode("ErrNotFound\n")),
          };
        }
        return {
          status: 200,
          header: new Headers({
            ...common,
            "content-type": item.contentType,
            "content-length": String(item.bytes.length),
          }),
          body: bodyOf(request.method === "HEAD" ? new Uint8Array(0) : item.bytes),
        };
      },
    };
  }
}

/** What follows the prefix; undefined for a broken % sequence. */
function decodedPath(url: string, prefix: string): string | undefined {
  try {
    return decodeURI(new URL(url).pathname).slice(prefix.length);
  } catch {
    return undefined;
  }
}
