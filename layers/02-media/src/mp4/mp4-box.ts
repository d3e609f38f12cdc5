const maxBoxes = 4096;

/** One box of an ISO BMFF file. Reads past its end give zeros; nothing throws. Offsets count from the box's body. */
export class Mp4Box {
  readonly type: string;
  readonly #body: Uint8Array;

  constructor(type: string, body: Uint8Array) {
    this.type = type;
    this.#body = body;
  }

  /** Bytes in the body. */
  get size(): number {
    return this.#body.length;
  }

  u8(at: number): number {
    return this.#body[at] ?? 0;
  }

  u16(at: number): number {
    return (this.u8(at) << 8) | this.u8(at + 1);
  }

  u32(at: number): number {
    return this.u16(at) * 65536 + this.u16(at + 2);
  }

  i32(at: number): number {
    return this.u32(at) | 0;
  }

  u64(at: number): number {
    return this.u32(at) * 2 ** 32 + this.u32(at + 4);
  }

  bytes(at: number, length: number): Uint8Array {
    return this.#body.subarray(at, at + length);
  }

  body(at = 0): Uint8Array {
    return this.#body.subarray(at);
  }

  text(at: number, length: number): string {
    return String.fromCharCode(...this.bytes(at, length));
  }

  /** Boxes inside, from `skip` bytes into the body. */
  children(skip = 0): Mp4Box[] {
    return readBoxes(this.body(skip));
  }

  /** First box of that type inside. */
  child(type: string, skip = 0): Mp4Box | undefined {
    return this.children(skip).find((box) => box.type === type);
  }
}

/** The boxes lying side by side in `bytes`; reading stops at the first one that makes no sense. */
export function readBoxes(bytes: Uint8Array): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  const view = new Mp4Box("", bytes);
  let at = 0;
  while (at + 8 <= bytes.length && boxes.length < maxBoxes) {
    let size = view.u32(at);
    let header = 8;
    if (size === 1) {
      size = view.u64(at + 8);
      header = 16;
    } else if (size === 0) size = bytes.length - at;
    if (size < header) break;
    boxes.push(new Mp4Box(view.text(at + 4, 4), bytes.subarray(at + header, at + size)));
    at += size;
  }
  return boxes;
}
