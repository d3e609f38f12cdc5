import { Buffer } from "node:buffer";

const startCode = Buffer.from([0, 0, 1]);

/** Calls `visit` with the bounds of every NAL unit of an Annex B stream; trailing zeros belong to no unit. */
export function forEachNal(stream: Uint8Array, visit: (start: number, end: number, codeStart: number) => void): void {
  const buffer = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  let code = buffer.indexOf(startCode);
  while (code >= 0) {
    const start = code + 3;
    const next = buffer.indexOf(startCode, start);
    let end = next < 0 ? stream.length : next;
    while (end > start && stream[end - 1] === 0) end--;
    // A four-byte start code owns the zero before it.
    if (end > start) visit(start, end, code > 0 && stream[code - 1] === 0 ? code - 1 : code);
    code = next;
  }
}

/** The NAL units of an Annex B stream, without start codes. */
export function splitNals(stream: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  forEachNal(stream, (start, end) => units.push(stream.subarray(start, end)));
  return units;
}
