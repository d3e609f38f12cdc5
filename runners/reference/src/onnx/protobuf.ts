/** Value of a node's attribute: a whole number, whole numbers, a string, or a real number. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A protobuf varint; negative numbers take ten bytes, as int64 does. */
export function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

export function whole(field: number, value: number): Uint8Array {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

export function text(field: number, value: string): Uint8Array {
  return bytesField(field, Buffer.from(value, "utf8"));
}

/** Packed int64 values. */
export function int64s(values: readonly number[]): Uint8Array {
  return Buffer.concat(values.map(varint));
}

/** An ONNX `AttributeProto`. */
export function attributeBytes(name: string, value: Attribute): Uint8Array {
  const type = (number: number) => whole(20, number);
  if (typeof value === "number") return Buffer.concat([text(1, name), whole(3, value), type(2)]);
  if (typeof value === "string") return Buffer.concat([text(1, name), text(4, value), type(3)]);
  if ("float" in value) {
    const float = Buffer.alloc(5);
    float[0] = (2 << 3) | 5;
    float.writeFloatLE(value.float, 1);
    return Buffer.concat([text(1, name), float, type(1)]);
  }
  return Buffer.concat([text(1, name), bytesField(8, int64s(value)), type(7)]);
}
