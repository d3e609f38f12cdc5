import { forEachNal } from "../codecs/nal-units.ts";
import { demuxTs, type TsTrack } from "./ts-demuxer.ts";

type Piece = { start: number; end: number; type: number };

function pieces(payload: Uint8Array): Piece[] {
  const found: Piece[] = [];
  forEachNal(payload, (start, _end, codeStart) => {
    const last = found.at(-1);
    if (last !== undefined) last.end = codeStart;
    found.push({ start: codeStart, end: payload.length, type: (payload[start] as number) & 31 });
  });
  return found;
}

const isPicture = (type: number): boolean => type >= 1 && type <= 5;

function opensPicture(unit: Piece, payload: Uint8Array): boolean {
  const code = payload[unit.start + 2] === 1 ? 3 : 4;
  return isPicture(unit.type) && ((payload[unit.start + code + 1] ?? 0) & 0x80) !== 0;
}

/** An SEI is late when its access unit's picture came before it and no other picture follows that it could describe. */
function isLate(units: readonly Piece[], index: number, payload: Uint8Array): boolean {
  for (const unit of units.slice(index + 1)) {
    if (unit.type === 9) return true;
    if (isPicture(unit.type)) return !opensPicture(unit, payload);
  }
  return true;
}

/** The order with every late SEI moved before its picture; undefined when nothing moves. */
function reorder(units: readonly Piece[], payload: Uint8Array): Piece[] | undefined {
  const order: Piece[] = [];
  let picture = -1;
  let moved = false;
  for (const [index, unit] of units.entries()) {
    if (unit.type === 6 && picture >= 0 && isLate(units, index, payload)) {
      order.splice(picture++, 0, unit);
      moved = true;
      continue;
    }
    if (unit.type === 9) picture = -1;
    else if (isPicture(unit.type) && (picture < 0 || opensPicture(unit, payload))) picture = order.length;
    order.push(unit);
  }
  return moved ? order : undefined;
}

function rewriteUnit(track: TsTrack, from: number, to: number, elementary: Uint8Array): boolean {
  const payload = track.elementary.subarray(from, to);
  const units = pieces(payload);
  const order = reorder(units, payload);
  const first = units[0];
  if (order === undefined || first === undefined) return false;
  let at = from + first.start;
  for (const unit of order) {
    elementary.set(payload.subarray(unit.start, unit.end), at);
    at += unit.end - unit.start;
  }
  return true;
}

/**
 * Moves SEI units that follow a picture in the same access unit of H.264 before it: decoders would attach them to the
 * next frame. The result has the same length and the same packets; the very same array comes back when nothing is wrong.
 */
export function moveLateSei(bytes: Uint8Array): Uint8Array {
  const track = demuxTs(bytes).tracks.find((candidate) => candidate.stream.videoCodec === "h264");
  if (track === undefined) return bytes;
  const elementary = track.elementary.slice();
  let moved = false;
  for (const unit of track.units) if (rewriteUnit(track, unit.start, unit.end, elementary)) moved = true;
  if (!moved) return bytes;
  // Not slice(): on a Buffer it shares the memory, and the caller's bytes must stay what they were.
  const out = new Uint8Array(bytes);
  let offset = 0;
  for (let i = 0; i < track.pieces.length; i += 2) {
    const at = track.pieces[i] as number;
    const length = track.pieces[i + 1] as number;
    out.set(elementary.subarray(offset, offset + length), at);
    offset += length;
  }
  return out;
}
