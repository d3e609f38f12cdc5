/** Writes bits, most significant first. */
export class BitWriter {
  readonly #bits: number[] = [];

  bits(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) % 2);
    return this;
  }

  /** Unsigned Exp-Golomb. */
  ue(value: number): this {
    const length = Math.floor(Math.log2(value + 1));
    return this.bits(0, length).bits(value + 1, length + 1);
  }

  /** The bytes, after the stop bit and zeros up to a whole byte. */
  finish(): Uint8Array {
    const bits = [...this.#bits, 1];
    while (bits.length % 8 !== 0) bits.push(0);
    const bytes = new Uint8Array(bits.length / 8);
    for (const [index, bit] of bits.entries())
      bytes[index >> 3] = (bytes[index >> 3] as number) | (bit << (7 - (index & 7)));
    return bytes;
  }
}
