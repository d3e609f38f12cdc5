import type { HttpHandler, HttpRequest, HttpResponse } from "@livepeer-ts/kernel";
import { bytesResponse, textResponse } from "../http/raw-response.ts";
import type { StaticFile, StaticFiles } from "../ports/static-files.ts";

/** Addresses that web apps draw by themselves, and the file of the app; everything else that is no file is not found. */
const apps = [
  { pattern: /^\/(?:$|watch\/[^/]+\/?$|embed\/[^/]+\/?$)/, file: "/index.html" },
  { pattern: /^\/console(?:\/(?!assets\/).*)?$/, file: "/console/index.html" },
] as const;

function contentSecurityPolicy(path: string): string {
  const frames = path.startsWith("/embed/") ? "*" : "'none'";
  // results of AI jobs may lie in an object store
  const stores = path.startsWith("/console") ? " https:" : "";
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob:${stores}`,
    `media-src 'self' blob:${stores}`,
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frames}`,
  ].join("; ");
}

function encoded(request: HttpRequest, file: StaticFile): { bytes: Uint8Array; encoding: string | undefined } {
  const accepted = request.header.get("accept-encoding") ?? "";
  const takes = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(?:\\.0*)?(?:,|$))`).test(accepted);
  if (file.brotli !== undefined && takes("br")) return { bytes: file.brotli, encoding: "br" };
  if (file.gzip !== undefined && takes("gzip")) return { bytes: file.gzip, encoding: "gzip" };
  return { bytes: file.bytes, encoding: undefined };
}

/** The built web app: its files, and one page for all of its addresses. */
export function createWebPages(files: StaticFiles): HttpHandler {
  return async (request): Promise<HttpResponse> => {
    const common = {
      "content-security-policy": contentSecurityPolicy(""),
      "x-content-type-options": "nosniff",
      "referrer-policy": "strict-origin-when-cross-origin",
    };
    if (request.method !== "GET" && request.method !== "HEAD") {
      return textResponse(405, "Only GET and HEAD are possible here.", { ...common, allow: "GET, HEAD" });
    }
    const { pathname } = new URL(request.url);
    const app = apps.find(({ pattern }) => pattern.test(pathname));
    const isPage = app !== undefined;
    const file = files.get(app?.file ?? pathname);
    if (file === undefined) {
      return isPage
        ? textResponse(503, "The web pages are not built: run `npm start` once, which builds them.", common)
        : textResponse(
            404,
            "There is no such page. The network is at /, the console at /console/, a stream at /watch/<playback id>.",
            common,
          );
    }
    const { bytes, encoding } = encoded(request, file);
    const header: Record<string, string> = {
      ...common,
      "content-security-policy": contentSecurityPolicy(pathname),
      "content-type": file.contentType,
      "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
      etag: file.etag,
      vary: "Accept-Encoding",
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    };
    const matches = (request.header.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (matches.includes(file.etag)) {
      return { status: 304, header: new Headers(header), body: nothing() };
    }
    const response = bytesResponse(200, bytes, header);
    return request.method === "HEAD" ? { ...response, body: nothing() } : response;
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
