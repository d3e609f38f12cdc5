import { rtmpError } from "./rtmp-error.ts";

/** One tag of an FLV file. */
export type FlvTag = {
  readonly type: "audio" | "video" | "script";
  /** Ms. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
};

const headerBytes = 13; // with the size of the tag before the first
const tagHeaderBytes = 11;
const types: Readonly<Record<number, FlvTag["type"]>> = { 8: "audio", 9: "video", 18: "script" };

/** The tags of an FLV file as it comes. Throws `rtmp_bad_media` for what is none, or a tag above `maxTagBytes`. */
export async function* flvTags(body: AsyncIterable<Uint8Array>, maxTagBytes: number): AsyncGenerator<FlvTag> {
  let held: Uint8Array = new Uint8Array(0);
  let wanted = headerBytes;
  let hasHeader = false;
  for await (const chunk of body) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= wanted) {
      if (!hasHeader) {
        if (held[0] !== 0x46 || held[1] !== 0x4c || held[2] !== 0x56)
          throw rtmpError("rtmp_bad_media", "this is no FLV");
        hasHeader = true;
        held = held.subarray(headerBytes);
        wanted = tagHeaderBytes;
        continue;
      }
      const size = uint24(held, 1);
      if (size > maxTagBytes) throw rtmpError("rtmp_bad_media", `an FLV tag has ${size} bytes`);
      wanted = tagHeaderBytes + size + 4;
      if (held.length < wanted) break;
      const type = types[(held[0] as number) & 31];
      const timestamp = uint24(held, 4) + (held[7] as number) * 0x1000000;
      if (type !== undefined) yield { type, timestamp, payload: held.slice(tagHeaderBytes, tagHeaderBytes + size) };
      held = held.subarray(wanted);
      wanted = tagHeaderBytes;
    }
  }
}

function uint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}
