import { type Mp4Box, readBoxes } from "./mp4-box.ts";
import { looksLikeMp4 } from "./mp4-scan.ts";

/** The samples of the first audio track, at most `limit`, found by the file's tables; undefined when it is no MP4. Never throws. */
export function mp4AudioSamples(bytes: Uint8Array, limit: number): Uint8Array[] | undefined {
  if (!looksLikeMp4(bytes)) return undefined;
  const moov = readBoxes(bytes).find((box) => box.type === "moov");
  const tables = (moov?.children() ?? [])
    .filter((box) => box.type === "trak")
    .map((trak) => trak.child("mdia"))
    .find((mdia) => mdia?.child("hdlr")?.text(8, 4) === "soun")
    ?.child("minf")
    ?.child("stbl");
  return tables === undefined ? [] : samplesOf(tables, bytes, limit);
}

function samplesOf(stbl: Mp4Box, bytes: Uint8Array, limit: number): Uint8Array[] {
  const [stsz, stsc] = [stbl.child("stsz"), stbl.child("stsc")];
  const [short, long] = [stbl.child("stco"), stbl.child("co64")];
  if (stsz === undefined || stsc === undefined) return [];
  const fixed = stsz.u32(4);
  const count = Math.min(stsz.u32(8), limit, fixed === 0 ? Math.floor(Math.max(0, stsz.size - 12) / 4) : limit);
  const chunks = Math.min((short ?? long)?.u32(4) ?? 0, limit);
  const samples: Uint8Array[] = [];
  let row = 0;
  for (let chunk = 0; chunk < chunks && samples.length < count; chunk++) {
    while (row + 1 < stsc.u32(4) && row < limit && stsc.u32(8 + (row + 1) * 12) <= chunk + 1) row++;
    let at = short === undefined ? (long?.u64(8 + chunk * 8) ?? 0) : short.u32(8 + chunk * 4);
    for (let i = 0; i < Math.min(stsc.u32(12 + row * 12), limit) && samples.length < count; i++) {
      const size = fixed === 0 ? stsz.u32(12 + samples.length * 4) : fixed;
      samples.push(bytes.subarray(at, at + size));
      at += size;
    }
  }
  return samples;
}
