import { utf8 } from "@livepeer-ts/kernel";
import type { ContainerFormat } from "../profiles/video-profile.ts";
import { httpPushWire } from "../wire/http-push.ts";
import { joinMixed, type MixedPart } from "./join-mixed.ts";

/** One rendition in a push answer: its bytes, or where they are. */
export type AnswerPart = {
  readonly profileName: string;
  readonly seqNo: number;
  readonly container: ContainerFormat;
  readonly content: { readonly bytes: Uint8Array } | { readonly url: string };
};

/** A whole multipart answer; `body` yields without copying the renditions. */
export type MultipartAnswer = { readonly contentType: string; readonly body: AsyncIterable<Uint8Array> };

/** MIME type of a container, as sent with segments everywhere. */
export function containerMime(container: ContainerFormat): string {
  return container === "mp4" ? "video/mp4" : "video/mp2t";
}

/** File extension of a container, with its dot. */
export function containerExtension(container: ContainerFormat): ".ts" | ".mp4" {
  return container === "mp4" ? ".mp4" : ".ts";
}

/** A part with its headers in alphabetical order, as the reference's writer sorts them. */
function mixedPart(part: AnswerPart): MixedPart {
  const stem = `${part.profileName}_${part.seqNo}`;
  const isUrl = "url" in part.content;
  const name = stem + (isUrl ? ".txt" : containerExtension(part.container));
  const type = isUrl ? httpPushWire.uriType : containerMime(part.container);
  const bytes = "url" in part.content ? utf8(part.content.url) : part.content.bytes;
  return {
    header: [
      ["Content-Disposition", `attachment; filename="${name}"`],
      ["Content-Length", String(bytes.length)],
      ["Content-Type", `${type}; name="${name}"`],
      [httpPushWire.header.renditionName, part.profileName],
    ],
    bytes,
  };
}

/**
 * The `multipart/mixed` answer to a push, one part per rendition in the given order. `boundary` is 20 hex digits
 * drawn by the caller.
 */
export function multipartAnswer(renditions: readonly AnswerPart[], boundary: string): MultipartAnswer {
  return {
    contentType: `${httpPushWire.acceptMultipart}; boundary=${boundary}`,
    body: joinMixed(renditions.map(mixedPart), boundary),
  };
}
