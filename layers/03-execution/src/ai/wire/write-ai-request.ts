import { bodyOf, type Random, toHex, utf8 } from "@livepeer-ts/kernel";
import { joinMixed } from "@livepeer-ts/media";
import type { AiFile, AiRequest } from "../pipelines/ai-request.ts";

/** A request as it goes to an orchestrator, a worker or a runner. `body` may be iterated once per try. */
export type WrittenAiRequest = { readonly contentType: string; readonly body: () => AsyncIterable<Uint8Array> };

/** Members of the request's JSON: the model, then the fields. */
export function aiRequestJson({ pipeline, modelId, fields }: AiRequest): Record<string, unknown> {
  return { [pipeline.modelField]: modelId, ...Object.fromEntries(fields) };
}

/** Writes a request in its pipeline's form: JSON, or `multipart/form-data` with media unchanged and not copied. */
export function writeAiRequest(request: AiRequest, random: Pick<Random, "bytes">): WrittenAiRequest {
  if (request.pipeline.body === "json") {
    const bytes = utf8(JSON.stringify(aiRequestJson(request)));
    return { contentType: "application/json", body: () => bodyOf(bytes) };
  }
  const boundary = toHex(random.bytes(16)).slice(2);
  const parts = [
    ...[...request.files].map(([name, file]) => filePart(name, file)),
    ...Object.entries(aiRequestJson(request)).map(([name, value]) => ({
      header: [["Content-Disposition", `form-data; name="${name}"`]] as [string, string][],
      bytes: utf8(String(value)),
    })),
  ];
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: () => joinMixed(parts, boundary) };
}

function filePart(name: string, file: AiFile) {
  const fileName = (file.name || name).replaceAll(/[\r\n"\\]/g, "_");
  return {
    header: [
      ["Content-Disposition", `form-data; name="${name}"; filename="${fileName}"`],
      ["Content-Type", /^[\w.+-]+\/[\w.+-]+$/.test(file.mediaType) ? file.mediaType : "application/octet-stream"],
    ] as [string, string][],
    bytes: file.bytes,
  };
}
