/** Bytes that one permutation takes in keccak-256. */
export const keccakRate = 136;
/** Where the module's memory takes input; the 200 bytes of state are at 0. */
export const keccakInputAt = 1024;
/** Bytes of input it takes in one call, a multiple of the rate. */
export const keccakInputBytes = 480 * keccakRate;

const constantsAt = 256;
const rounds = 24;

// WebAssembly instructions
const op = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load64: 0x29,
  store64: 0x37,
  const32: 0x41,
  const64: 0x42,
  notEqual32: 0x47,
  add32: 0x6a,
  sub32: 0x6b,
  and64: 0x83,
  or64: 0x84,
  xor64: 0x85,
  rotateLeft64: 0x89,
} as const;
const type = { i32: 0x7f, i64: 0x7e } as const;

/** Rotations of the lanes, lane x + 5y. */
function rotations(): number[] {
  const by = new Array<number>(25).fill(0);
  for (let [t, x, y] = [0, 1, 0] as [number, number, number]; t < rounds; t++) {
    by[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return by;
}

/** Constants of the rounds, from the linear feedback shift register of the specification. */
function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: rounds }, () => {
    let constant = 0n;
    for (let j = 0; j <= 6; j++) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** j - 1);
      register <<= 1;
      if ((register & 0x100) !== 0) register ^= 0x171;
    }
    return constant;
  });
}

/**
 * The last step of a round, per row of five lanes a, e, i, o, u. Six lanes are kept complemented, which saves four of the five
 * complements that a row needs otherwise.
 */
const complemented = [1, 2, 8, 12, 17, 20];
const chiRows = [
  "a^(e|i) e^(~i|o) i^(o&u) o^(u|a) u^(a&e)",
  "a^(e|i) e^(i&o) i^(o|~u) o^(u|a) u^(a&e)",
  "a^(e|i) e^(i&o) i^(~o&u) ~o^(u|a) u^(a&e)",
  "a^(e&i) e^(i|o) i^(~o|u) ~o^(u&a) u^(a|e)",
  "a^(~e&i) ~e^(i|o) i^(o&u) o^(u|a) u^(a&e)",
];

function unsigned(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...out, rest];
    out.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: bigint): number[] {
  const out: number[] = [];
  for (let rest = BigInt.asIntN(64, value); ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** Body of `absorb(from: i32, blocks: i32)`: mixes `blocks` blocks into the state, two rounds per turn of the inner loop. */
function absorbBody(): number[] {
  const code: number[] = [];
  const emit = (...bytes: readonly (number | readonly number[])[]) => {
    for (const byte of bytes) code.push(...(typeof byte === "number" ? [byte] : byte));
  };
  const [from, blocks, constant] = [0, 1, 62];
  const state = (lane: number) => 2 + lane;
  const next = (lane: number) => 27 + lane;
  const row = (x: number) => 52 + (x % 5);
  const parity = (x: number) => 57 + (x % 5);
  const get = (local: number) => emit(op.get, unsigned(local));
  const set = (local: number) => emit(op.set, unsigned(local));
  const const32 = (value: number) => emit(op.const32, signed(BigInt(value)));
  const const64 = (value: bigint) => emit(op.const64, signed(value));
  const load = (offset: number) => emit(op.load64, 3, unsigned(offset));
  const not = () => {
    const64(-1n);
    emit(op.xor64);
  };
  const rotate = (by: number) => {
    if (by === 0) return;
    const64(BigInt(by));
    emit(op.rotateLeft64);
  };
  const by = rotations();

  const chi = (formula: string) => {
    const [, notFirst, first, notLeft, left, join, notRight, right] = /^(~?)(.)\^\((~?)(.)([|&])(~?)(.)\)$/.exec(
      formula,
    ) as RegExpExecArray;
    const operand = (complement: string | undefined, name: string | undefined) => {
      get(row("aeiou".indexOf(name as string)));
      if (complement === "~") not();
    };
    operand(notFirst, first);
    operand(notLeft, left);
    operand(notRight, right);
    emit(join === "|" ? op.or64 : op.and64, op.xor64);
  };
  const round = (before: (lane: number) => number, after: (lane: number) => number, constantOffset: number) => {
    for (let x = 0; x < 5; x++) {
      get(before(x));
      for (let y = 1; y < 5; y++) {
        get(before(x + 5 * y));
        emit(op.xor64);
      }
      set(row(x));
    }
    for (let x = 0; x < 5; x++) {
      get(row(x + 4));
      get(row(x + 1));
      rotate(1);
      emit(op.xor64);
      set(parity(x));
    }
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++) {
        const column = (3 * (y + 2 * x)) % 5; // lane (column, x) moves to (x, y)
        const lane = column + 5 * x;
        get(before(lane));
        get(parity(column));
        emit(op.xor64);
        rotate(by[lane] as number);
        set(row(x));
      }
      for (const [x, formula] of (chiRows[y] as string).split(" ").entries()) {
        chi(formula);
        if (x === 0 && y === 0) {
          get(constant);
          load(constantsAt + constantOffset);
          emit(op.xor64);
        }
        set(after(x + 5 * y));
      }
    }
  };

  for (let lane = 0; lane < 25; lane++) {
    const32(0);
    load(lane * 8);
    if (complemented.includes(lane)) not();
    set(state(lane));
  }
  emit(op.loop, 0x40);
  for (let lane = 0; lane < keccakRate / 8; lane++) {
    get(state(lane));
    get(from);
    load(lane * 8);
    emit(op.xor64);
    set(state(lane));
  }
  const32(0);
  set(constant);
  emit(op.loop, 0x40);
  round(state, next, 0);
  round(next, state, 8);
  get(constant);
  const32(16);
  emit(op.add32, op.tee, unsigned(constant));
  const32(rounds * 8);
  emit(op.notEqual32, op.branchIf, 0, op.end);
  get(from);
  const32(keccakRate);
  emit(op.add32);
  set(from);
  get(blocks);
  const32(1);
  emit(op.sub32, op.tee, unsigned(blocks), op.branchIf, 0, op.end);
  for (let lane = 0; lane < 25; lane++) {
    const32(0);
    get(state(lane));
    if (complemented.includes(lane)) not();
    emit(op.store64, 3, unsigned(lane * 8));
  }
  emit(op.end);
  const locals = [2, ...unsigned(60), type.i64, 1, type.i32];
  return [...locals, ...code];
}

/**
 * A WebAssembly module with the keccak-f[1600] permutation at the rate of keccak-256: `memory`, and `absorb(from, blocks)`.
 * Written out here because it is a third faster than the compiled C of the packages, and segments are hashed in megabytes.
 */
export function keccakModule(): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];
  const name = (text: string) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];
  const body = absorbBody();
  const constants = roundConstants().flatMap((value) =>
    Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
  );
  const pages = Math.ceil((keccakInputAt + keccakInputBytes) / 65_536);
  const version = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...version,
    ...section(1, [1, 0x60, 2, type.i32, type.i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("absorb"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
    ...section(11, [
      1,
      0,
      op.const32,
      ...signed(BigInt(constantsAt)),
      op.end,
      ...unsigned(constants.length),
      ...constants,
    ]),
  ]);
}
