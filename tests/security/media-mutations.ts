import { concatBytes, type Random } from "@livepeer-ts/kernel";
import { syntheticTs } from "@livepeer-ts/media/testing";

/** Well-formed files that hostile ones are made of, each two seconds long. */
export type SeedMedia = {
  /** H.264 and AAC in MPEG-TS. */
  readonly ts: Uint8Array;
  /** The same with another picture size. */
  readonly otherTs: Uint8Array;
  /** The same in fragmented MP4. */
  readonly mp4: Uint8Array;
};

type Mutate = (media: SeedMedia, random: Random) => Uint8Array;

const packetBytes = 188;
const uint = (random: Random, below: number) => Math.floor(random.unit() * below);
const noise = (random: Random, size: number) => random.bytes(size);

function packetsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / packetBytes) }, (_, i) =>
    bytes.slice(i * packetBytes, (i + 1) * packetBytes),
  );
}

const pidOf = (packet: Uint8Array) => (((packet[1] as number) & 0x1f) << 8) | (packet[2] as number);
const startsUnit = (packet: Uint8Array) => ((packet[1] as number) & 0x40) !== 0;
/** Offset of the payload in a packet; undefined when it has none. */
function payloadAt(packet: Uint8Array): number | undefined {
  const control = ((packet[3] as number) >> 4) & 3;
  if ((control & 1) === 0) return undefined;
  const at = control === 3 ? 5 + (packet[4] as number) : 4;
  return at < packetBytes ? at : undefined;
}

/** Changes each packet, or leaves it out with `undefined`. */
function eachPacket(change: (packet: Uint8Array, random: Random) => Uint8Array | undefined): Mutate {
  return ({ ts }, random) => concatBytes(...packetsOf(ts).flatMap((packet) => change(packet, random) ?? []));
}

/** Changes the bytes from the start of each PES packet on. */
function eachPes(change: (pes: Uint8Array, random: Random) => void): Mutate {
  return eachPacket((packet, random) => {
    const at = payloadAt(packet);
    const isPes =
      at !== undefined && startsUnit(packet) && packet[at] === 0 && packet[at + 1] === 0 && packet[at + 2] === 1;
    if (isPes) change(packet.subarray(at), random);
    return packet;
  });
}

function writeTimestamp(pes: Uint8Array, at: number, mark: number, ticks: number): void {
  if (at + 5 > pes.length) return;
  const high = Math.floor(ticks / 2 ** 30) & 7;
  pes[at] = (mark << 4) | (high << 1) | 1;
  pes[at + 1] = (ticks >> 22) & 0xff;
  pes[at + 2] = ((ticks >> 14) & 0xfe) | 1;
  pes[at + 3] = (ticks >> 7) & 0xff;
  pes[at + 4] = ((ticks << 1) & 0xfe) | 1;
}

/** Gives every PES packet the presentation time that `next` makes. */
function timed(next: (index: number, random: Random) => number): Mutate {
  return (media, random) => {
    let index = 0;
    return eachPes((pes) => {
      if (((pes[7] as number) & 0x80) !== 0) writeTimestamp(pes, 9, (pes[7] as number) >> 6, next(index++, random));
    })(media, random);
  };
}

function flipped(bytes: Uint8Array, random: Random, share: number): Uint8Array {
  const out = bytes.slice();
  const count = Math.max(1, Math.floor(bytes.length * share));
  for (let i = 0; i < count; i++) {
    const at = uint(random, out.length);
    out[at] = (out[at] as number) ^ (1 << uint(random, 8));
  }
  return out;
}

/** Changes the byte behind each start code of H.264, wherever it is. */
function eachNal(change: (type: number, random: Random) => number): Mutate {
  return ({ ts }, random) => {
    const out = ts.slice();
    for (let i = 0; i + 3 < out.length; i++) {
      if (out[i] !== 0 || out[i + 1] !== 0 || out[i + 2] !== 1 || (out[i + 3] as number) >= 0xc0) continue;
      out[i + 3] = ((out[i + 3] as number) & 0xe0) | change((out[i + 3] as number) & 0x1f, random);
    }
    return out;
  };
}

function box(name: string, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...content);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, body.length + 8);
  head.set(new TextEncoder().encode(name), 4);
  return concatBytes(head, body);
}

/** Changes the sizes or contents of the MP4's boxes named so. */
function eachBox(name: string, change: (bytes: Uint8Array, at: number, random: Random) => void): Mutate {
  return ({ mp4 }, random) => {
    const out = mp4.slice();
    const wanted = new TextEncoder().encode(name);
    for (let i = 4; i + 4 < out.length; i++) {
      if (wanted.every((byte, k) => out[i + k] === byte)) change(out, i - 4, random);
    }
    return out;
  };
}

const setU32 = (bytes: Uint8Array, at: number, value: number) => {
  if (at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value >>> 0);
};

function nested(name: string, depth: number): Uint8Array {
  const head = new TextEncoder().encode(name);
  const out = new Uint8Array(depth * 8);
  for (let i = 0; i < depth; i++) {
    setU32(out, i * 8, (depth - i) * 8);
    out.set(head, i * 8 + 4);
  }
  return out;
}

const sized =
  (width: number, height: number, pts: readonly number[] = ramp(50, 3600)): Mutate =>
  (_, random) =>
    syntheticTs({ width, height, pts, seqNo: 0, durationMs: 2000, sizeBytes: 100_000, seed: uint(random, 1000) });

const ramp = (count: number, step: number) => Array.from({ length: count }, (_, i) => 90_000 + i * step);

/** Every way a file is spoiled, by name. A function of the seed media and the random source. */
export const mediaMutations: Readonly<Record<string, Mutate>> = {
  // whole files
  nothing: () => new Uint8Array(0),
  "one byte": () => Uint8Array.of(0x47),
  noise: (_, random) => noise(random, 50_000),
  "noise with the sync bytes of TS": (_, random) => {
    const bytes = noise(random, 400 * packetBytes);
    for (let at = 0; at < bytes.length; at += packetBytes) bytes[at] = 0x47;
    return bytes;
  },
  zeros: () => new Uint8Array(100_000),
  "start codes only": () => Uint8Array.from({ length: 300_000 }, (_, i) => (i % 3 === 2 ? 1 : 0)),
  "a web page": () => new TextEncoder().encode(`<!doctype html><title>x</title>${"<p>no media</p>".repeat(2000)}`),
  "a playlist that names a local file": () =>
    new TextEncoder().encode("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
  "a concat script": () => new TextEncoder().encode("ffconcat version 1.0\nfile /etc/passwd\n"),
  "an SDP that opens a port": () =>
    new TextEncoder().encode("v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"),
  // bytes of TS
  "cut anywhere": ({ ts }, random) => ts.slice(0, uint(random, ts.length)),
  "begun anywhere": ({ ts }, random) => ts.slice(uint(random, ts.length)),
  "few flipped bits": ({ ts }, random) => flipped(ts, random, 1e-4),
  "some flipped bits": ({ ts }, random) => flipped(ts, random, 1e-3),
  "many flipped bits": ({ ts }, random) => flipped(ts, random, 2e-2),
  "a hole": ({ ts }, random) => {
    const at = uint(random, ts.length);
    return concatBytes(ts.slice(0, at), ts.slice(at + uint(random, 20_000)));
  },
  "a stretch of noise": ({ ts }, random) => {
    const out = ts.slice();
    out.set(noise(random, 5000), uint(random, Math.max(1, ts.length - 5000)));
    return out;
  },
  "two files of other sizes in one": ({ ts, otherTs }) => concatBytes(ts, otherTs),
  "TS behind MP4": ({ ts, mp4 }) => concatBytes(mp4, ts),
  // packets of TS
  "packets left out": eachPacket((packet, random) => (random.unit() < 0.05 ? undefined : packet)),
  "packets doubled": eachPacket((packet, random) => (random.unit() < 0.1 ? concatBytes(packet, packet) : packet)),
  "packets shuffled": ({ ts }, random) => {
    const packets = packetsOf(ts);
    for (let i = packets.length - 1; i > 0; i--) {
      const k = Math.max(0, i - uint(random, 30));
      [packets[i], packets[k]] = [packets[k] as Uint8Array, packets[i] as Uint8Array];
    }
    return concatBytes(...packets);
  },
  "no program table": eachPacket((packet) => (pidOf(packet) === 0 ? undefined : packet)),
  "tables of noise": eachPacket((packet, random) => {
    if (pidOf(packet) === 0 || pidOf(packet) === 0x1000) packet.set(noise(random, 180), 5);
    return packet;
  }),
  "sections that claim their whole length": eachPacket((packet) => {
    if ((pidOf(packet) === 0 || pidOf(packet) === 0x1000) && startsUnit(packet)) packet.set([0xbf, 0xff], 6);
    return packet;
  }),
  "adaptation fields over the end": eachPacket((packet, random) => {
    if (random.unit() < 0.2) packet.set([(packet[3] as number) | 0x30, 255], 3);
    return packet;
  }),
  "scrambled packets": eachPacket((packet) => {
    packet[3] = (packet[3] as number) | 0xc0;
    return packet;
  }),
  "counters that stand still": eachPacket((packet) => {
    packet[3] = (packet[3] as number) & 0xf0;
    return packet;
  }),
  "ten times its size in empty packets": eachPacket((packet) => {
    const empty = new Uint8Array(packetBytes).fill(0xff);
    empty.set([0x47, 0x1f, 0xff, 0x10]);
    return concatBytes(packet, ...Array.from({ length: 9 }, () => empty));
  }),
  "all packets on one PID": eachPacket((packet) => {
    packet.set([((packet[1] as number) & 0xe0) | 1, 0], 1);
    return packet;
  }),
  // PES
  "PES lengths of zero": eachPes((pes) => pes.set([0, 0], 4)),
  "PES lengths of the most": eachPes((pes) => pes.set([0xff, 0xff], 4)),
  "PES headers over the end": eachPes((pes) => pes.set([255], 8)),
  "PES of private streams": eachPes((pes) => pes.set([0xbf], 3)),
  "every time zero": timed(() => 0),
  "times at random": timed((_, random) => uint(random, 2 ** 33)),
  "times that wrap": timed((i) => (2 ** 33 - 40_000 + i * 1800) % 2 ** 33),
  "times that go back": timed((i) => 10_000_000 - i * 1800),
  "an hour between two frames": timed((i) => 90_000 + i * 3600 + (i > 20 ? 3600 * 90_000 : 0)),
  "ten thousand frames a second": sized(640, 360, ramp(5000, 9)),
  "one frame": sized(640, 360, ramp(1, 0)),
  "frames far apart": sized(640, 360, ramp(10, 90_000 * 29)),
  // H.264
  "no keyframe": eachNal((type) => (type === 5 ? 1 : type)),
  "no parameter sets": eachNal((type) => (type === 7 || type === 8 ? 12 : type)),
  "NAL types at random": eachNal((_, random) => uint(random, 32)),
  "everything a parameter set": eachNal(() => 7),
  "everything SEI": eachNal(() => 6),
  "pictures of 16384 by 16384": sized(16_384, 16_384),
  "pictures of 65520 by 16": sized(65_520, 16),
  "pictures of 16 by 65520": sized(16, 65_520),
  "pictures of 2 by 2": sized(2, 2),
  // MP4
  "MP4 cut anywhere": ({ mp4 }, random) => mp4.slice(0, uint(random, mp4.length)),
  "MP4 with few flipped bits": ({ mp4 }, random) => flipped(mp4, random, 1e-4),
  "MP4 with many flipped bits": ({ mp4 }, random) => flipped(mp4, random, 1e-2),
  "MP4 heads with flipped bits": ({ mp4 }, random) =>
    concatBytes(flipped(mp4.subarray(0, 2000), random, 2e-2), mp4.subarray(2000)),
  "boxes without size": eachBox("trak", (bytes, at) => setU32(bytes, at, 0)),
  "boxes of 64 bits": eachBox("moov", (bytes, at) => setU32(bytes, at, 1)),
  "boxes of the greatest size": eachBox("stbl", (bytes, at) => setU32(bytes, at, 0xffffffff)),
  "boxes smaller than their head": eachBox("mdia", (bytes, at) => setU32(bytes, at, 4)),
  "tables of four billion samples": eachBox("stsz", (bytes, at) => setU32(bytes, at + 16, 0xffffffff)),
  "durations of four billion": eachBox("stts", (bytes, at) => setU32(bytes, at + 12, 0xffffffff)),
  "runs of four billion samples": eachBox("trun", (bytes, at) => setU32(bytes, at + 12, 0xffffffff)),
  "runs at random": eachBox("trun", (bytes, at, random) => {
    for (let i = 12; i < 200; i += 4) setU32(bytes, at + i, random.u32());
  }),
  "a timescale of zero": eachBox("mdhd", (bytes, at) => setU32(bytes, at + 20, 0)),
  "no sample entries": eachBox("stsd", (bytes, at) => setU32(bytes, at + 12, 0)),
  "another codec's name": eachBox("avc1", (bytes, at) => bytes.set(new TextEncoder().encode("mp4v"), at + 4)),
  "boxes in boxes, a hundred thousand deep": ({ mp4 }) => concatBytes(mp4.subarray(0, 32), nested("moov", 100_000)),
  "a thousand tracks": ({ mp4 }) =>
    concatBytes(
      mp4.subarray(0, 32),
      box("moov", ...Array.from({ length: 1000 }, () => box("trak", nested("mdia", 4)))),
    ),
};
