import { concatBytes, utf8 } from "@livepeer-ts/kernel";
import { rtmpError } from "./rtmp-error.ts";

/** Values AMF0 can carry, as far as publishers use them. */
export type AmfValue = number | boolean | string | null | undefined | AmfObject | readonly AmfValue[];
/** An AMF0 object; a plain object without prototype. */
export type AmfObject = { readonly [key: string]: AmfValue };

const maxDepth = 16;
const maxProperties = 1024;

class AmfReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #budget = maxProperties;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(depth = 0): AmfValue {
    if (depth > maxDepth || this.#budget-- <= 0)
      throw rtmpError("rtmp_bad_amf", "AMF value is nested too deep or too long");
    const marker = this.#u8();
    switch (marker) {
      case 0x00:
        return this.#view.getFloat64(this.#take(8));
      case 0x01:
        return this.#u8() !== 0;
      case 0x02:
        return this.#text(this.#u16());
      case 0x03:
        return this.#object(depth);
      case 0x05:
        return null;
      case 0x06:
      case 0x0d:
        return undefined;
      case 0x08:
        this.#take(4);
        return this.#object(depth);
      case 0x0a: {
        const count = this.#view.getUint32(this.#take(4));
        const list: AmfValue[] = [];
        for (let i = 0; i < count; i++) list.push(this.value(depth + 1));
        return list;
      }
      case 0x0b: {
        const at = this.#take(10);
        return this.#view.getFloat64(at);
      }
      case 0x0c:
      case 0x0f:
        return this.#text(this.#view.getUint32(this.#take(4)));
      case 0x10:
        this.#text(this.#u16());
        return this.#object(depth);
      default:
        throw rtmpError("rtmp_bad_amf", `AMF marker ${marker} is not one a publisher may send`);
    }
  }

  #object(depth: number): AmfObject {
    const object: Record<string, AmfValue> = Object.create(null);
    while (true) {
      const key = this.#text(this.#u16());
      if (key === "" && this.#bytes[this.#at] === 0x09) {
        this.#at++;
        return object;
      }
      object[key] = this.value(depth + 1);
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) throw rtmpError("rtmp_bad_amf", "AMF value ends in the middle");
    this.#at += count;
    return at;
  }

  #u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  #u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  #text(length: number): string {
    const at = this.#take(length);
    return new TextDecoder().decode(this.#bytes.subarray(at, at + length));
  }
}

/** All AMF0 values of a message. Throws `rtmp_bad_amf`. */
export function decodeAmf0(bytes: Uint8Array): AmfValue[] {
  const reader = new AmfReader(bytes);
  const values: AmfValue[] = [];
  while (!reader.done) values.push(reader.value());
  return values;
}

function key(name: string): Uint8Array {
  const bytes = utf8(name);
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

function encodeOne(value: AmfValue): Uint8Array {
  if (typeof value === "number") {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat64(1, value);
    return bytes;
  }
  if (typeof value === "boolean") return Uint8Array.of(1, value ? 1 : 0);
  if (typeof value === "string") {
    const bytes = utf8(value);
    if (bytes.length <= 0xffff) return concatBytes(Uint8Array.of(2), key(value));
    const head = new Uint8Array(5);
    head[0] = 0x0c;
    new DataView(head.buffer).setUint32(1, bytes.length);
    return concatBytes(head, bytes);
  }
  if (value === null) return Uint8Array.of(5);
  if (value === undefined) return Uint8Array.of(6);
  if (Array.isArray(value)) {
    const head = new Uint8Array(5);
    head[0] = 0x0a;
    new DataView(head.buffer).setUint32(1, value.length);
    return concatBytes(head, ...value.map(encodeOne));
  }
  const parts: Uint8Array[] = [Uint8Array.of(3)];
  for (const [name, inner] of Object.entries(value as AmfObject)) parts.push(key(name), encodeOne(inner));
  parts.push(Uint8Array.of(0, 0, 9));
  return concatBytes(...parts);
}

/** AMF0 bytes of the values, one after the other. */
export function encodeAmf0(...values: readonly AmfValue[]): Uint8Array {
  return concatBytes(...values.map(encodeOne));
}
