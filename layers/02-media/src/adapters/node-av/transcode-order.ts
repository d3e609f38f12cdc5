import type {
  CodecContext,
  FilterContext,
  FilterGraph,
  FormatContext,
  Fraction,
  Frame,
  NodeAvLibrary,
  Packet,
  Stream,
} from "./node-av-library.ts";
import type { NodeAvOrder, OutputOrder } from "./node-av-order.ts";

// Names and values of ffmpeg's own headers.
const mediaType = { video: 0, audio: 1 } as const;
const optionString = 6;
const searchChildren = 1;
const generateTimes = 1;
const wantsGlobalHeader = 0x40;
const globalHeader = 1 << 22;
const discardAll = 48;
const forcedKeyframe = 1;
const noPictureType = 0;

/** What one segment needs and what must be given back afterwards, last taken first. */
class Held {
  readonly #giveBack: (() => void)[] = [];

  add<T>(thing: T, giveBack: (thing: T) => void): T {
    this.#giveBack.push(() => giveBack(thing));
    return thing;
  }

  giveBackAll(): void {
    for (const one of this.#giveBack.splice(0).reverse()) one();
  }
}

type Check = (code: number, what: string) => void;

const isKnown = ({ num, den }: Fraction) => num > 0 && den > 0;

/** Writes one rendition: encoder and container. */
class Output {
  readonly #av: NodeAvLibrary;
  readonly #check: Check;
  readonly #order: OutputOrder;
  readonly #sink: FilterContext;
  readonly #encoder: CodecContext;
  readonly #container: FormatContext;
  readonly #video: Stream;
  readonly #audio: Stream | undefined;
  readonly #timeBase: Fraction;
  readonly #packet: Packet;
  readonly #frame: Frame;
  #frames = 0;
  #lastPts: bigint | undefined;
  #lastForced: bigint | undefined;
  #lastVideoDts: bigint | undefined;
  #lastSoundDts: bigint | undefined;

  constructor(
    av: NodeAvLibrary,
    held: Held,
    check: Check,
    order: OutputOrder,
    given: {
      readonly sink: FilterContext;
      readonly first: Frame;
      readonly sourceRate: Fraction;
      readonly threads: number;
      readonly sound: Stream | undefined;
    },
  ) {
    this.#av = av;
    this.#check = check;
    this.#order = order;
    this.#sink = given.sink;
    this.#timeBase = given.sink.buffersinkGetTimeBase();
    this.#packet = newPacket(av, held);
    this.#frame = newFrame(av, held);
    this.#container = held.add(new av.FormatContext(), (container) => container.freeContext());
    check(this.#container.allocOutputContext2(null, order.format, order.path), "making the container");
    this.#encoder = this.#openEncoder(held, given);
    this.#video = this.#container.newStream(null);
    this.#video.timeBase = this.#timeBase;
    check(this.#video.codecpar.fromContext(this.#encoder), "describing the encoder");
    if (given.sound !== undefined) {
      this.#audio = this.#container.newStream(null);
      check(given.sound.codecpar.copy(this.#audio.codecpar), "describing the sound");
      this.#audio.codecpar.codecTag = 0;
      this.#audio.timeBase = given.sound.timeBase;
    }
    this.#openContainer(held);
  }

  /** Encodes every frame that is ready. */
  takeFrames(): void {
    for (;;) {
      const code = this.#sink.buffersinkGetFrameSync(this.#frame);
      if (code === this.#av.AVERROR_EAGAIN || code === this.#av.AVERROR_EOF) return;
      this.#check(code, "Error while filtering");
      if (this.#frames < this.#order.maxFrames) this.#encode(this.#frame);
      this.#frame.unref();
    }
  }

  /** Copies a packet of sound; `from` is its time base. */
  takeSound(packet: Packet, from: Fraction): void {
    if (this.#audio === undefined) return;
    const copy = packet.clone();
    if (copy === null) throw new Error("Cannot allocate memory");
    copy.streamIndex = this.#audio.index;
    copy.rescaleTs(from, this.#audio.timeBase);
    this.#lastSoundDts = this.#mux(copy, this.#lastSoundDts);
    copy.free();
  }

  finish(): void {
    this.takeFrames();
    this.#check(this.#encoder.sendFrameSync(null), "Error while encoding");
    this.#write();
    this.#check(this.#container.writeTrailerSync(), "Error writing trailer");
  }

  #openEncoder(
    held: Held,
    { sink, first, sourceRate, threads }: { sink: FilterContext; first: Frame; sourceRate: Fraction; threads: number },
  ): CodecContext {
    const av = this.#av;
    const codec = av.Codec.findEncoderByName(this.#order.encoder);
    if (codec === null) throw new Error("Encoder not found");
    const encoder = held.add(new av.CodecContext(), (context) => context.freeContext());
    encoder.allocContext3(codec);
    encoder.width = sink.buffersinkGetWidth();
    encoder.height = sink.buffersinkGetHeight();
    encoder.pixelFormat = sink.buffersinkGetFormat();
    encoder.sampleAspectRatio = sink.buffersinkGetSampleAspectRatio();
    encoder.timeBase = this.#timeBase;
    encoder.framerate = this.#order.rate ?? sourceRate;
    encoder.colorRange = first.colorRange;
    encoder.colorSpace = first.colorSpace;
    encoder.colorPrimaries = first.colorPrimaries;
    encoder.colorTrc = first.colorTrc;
    encoder.chromaLocation = first.chromaLocation;
    encoder.threadCount = threads;
    if (this.#order.tag !== undefined) encoder.codecTag = this.#order.tag;
    if (((this.#container.oformat?.flags ?? 0) & wantsGlobalHeader) !== 0) encoder.flags |= globalHeader;
    for (const [name, value] of this.#order.options) {
      this.#check(encoder.setOption(name, value, optionString, searchChildren), `Unrecognized option '${name}'`);
    }
    const code = encoder.open2Sync(codec, null);
    if (code < 0)
      throw new Error(`[${this.#order.encoder}] Error while opening encoder: ${av.FFmpegError.strerror(code)}`);
    return encoder;
  }

  #openContainer(held: Held): void {
    const { format, metadata } = this.#order;
    const options: readonly (readonly [string, string])[] =
      format === "mp4"
        ? [
            ["movflags", "faststart"],
            ["movie_timescale", "90000"],
          ]
        : [
            ["max_delay", "0"],
            ["avoid_negative_ts", "disabled"],
          ];
    for (const [name, value] of options) {
      this.#check(
        this.#container.setOption(name, value, optionString, searchChildren),
        `Unrecognized option '${name}'`,
      );
    }
    if (metadata !== undefined) {
      const dictionary = new this.#av.Dictionary();
      dictionary.alloc();
      this.#check(dictionary.set(...metadata, 0), "writing metadata");
      this.#container.metadata = dictionary;
      dictionary.free();
    }
    this.#check(this.#container.openOutputSync(), "opening the output");
    held.add(this.#container, (container) => container.closeOutputSync());
    this.#check(this.#container.writeHeaderSync(null), "writing the header");
  }

  #encode(frame: Frame): void {
    // A time that does not grow would end the encoder.
    if (this.#lastPts !== undefined && frame.pts <= this.#lastPts) frame.pts = this.#lastPts + 1n;
    this.#lastPts = frame.pts;
    // The decoder says what the source's frames were; here that would be an order.
    frame.pictType = this.#isForced(frame.pts) ? forcedKeyframe : noPictureType;
    this.#frames++;
    this.#check(this.#encoder.sendFrameSync(frame), "Error while encoding");
    this.#write();
  }

  #isForced(pts: bigint): boolean {
    const { keyframeEverySec } = this.#order;
    if (keyframeEverySec === undefined) return false;
    const { num, den } = this.#timeBase;
    const isDue =
      this.#lastForced === undefined || (Number(pts - this.#lastForced) * num) / den >= keyframeEverySec - 1e-9;
    if (isDue) this.#lastForced = pts;
    return isDue;
  }

  /** Writes a packet, moved on when its time does not come after the one before: containers refuse such. Returns its decode time. */
  #mux(packet: Packet, last: bigint | undefined): bigint | undefined {
    const unknown = this.#av.AV_NOPTS_VALUE;
    if (packet.dts !== unknown && last !== undefined && packet.dts <= last) {
      if (packet.pts !== unknown && packet.pts >= packet.dts && packet.pts <= last) packet.pts = last + 1n;
      packet.dts = last + 1n;
    }
    if (packet.dts !== unknown && packet.pts !== unknown && packet.pts < packet.dts) packet.pts = packet.dts;
    const { dts } = packet;
    this.#check(this.#container.interleavedWriteFrameSync(packet), "Error writing to the container");
    return dts === unknown ? last : dts;
  }

  #write(): void {
    for (;;) {
      const code = this.#encoder.receivePacketSync(this.#packet);
      if (code === this.#av.AVERROR_EAGAIN || code === this.#av.AVERROR_EOF) return;
      this.#check(code, "Error while encoding");
      this.#packet.streamIndex = this.#video.index;
      this.#packet.rescaleTs(this.#timeBase, this.#video.timeBase);
      this.#lastVideoDts = this.#mux(this.#packet, this.#lastVideoDts);
      this.#packet.unref();
    }
  }
}

function newPacket(av: NodeAvLibrary, held: Held): Packet {
  const packet = held.add(new av.Packet(), (one) => one.free());
  packet.alloc();
  return packet;
}

function newFrame(av: NodeAvLibrary, held: Held): Frame {
  const frame = held.add(new av.Frame(), (one) => one.free());
  frame.alloc();
  return frame;
}

/** One segment on its way through the library. */
class Transcoding {
  readonly #av: NodeAvLibrary;
  readonly #held: Held;
  readonly #order: NodeAvOrder;
  readonly #check: Check;
  readonly #input: FormatContext;
  readonly #video: Stream;
  readonly #sound: Stream | undefined;
  readonly #decoder: CodecContext;
  readonly #frame: Frame;
  /** Sound that came before the first picture; its renditions are not open yet. */
  readonly #early: Packet[] = [];
  #source: FilterContext | undefined;
  #outputs: Output[] = [];
  #refused: string | undefined;
  #nextPts: bigint | undefined;

  constructor(av: NodeAvLibrary, held: Held, order: NodeAvOrder) {
    this.#av = av;
    this.#held = held;
    this.#order = order;
    this.#check = (code, what) => {
      if (code < 0) throw new Error(`${what}: ${av.FFmpegError.strerror(code)}`);
    };
    this.#input = this.#openInput();
    const streams = this.#input.streams ?? [];
    const video = streams.find(({ codecpar }) => codecpar.codecType === mediaType.video);
    if (video === undefined) throw new Error("Stream map '0:v:0' matches no streams");
    this.#video = video;
    this.#sound = order.hasSound ? streams.find(({ codecpar }) => codecpar.codecType === mediaType.audio) : undefined;
    for (const stream of streams) if (stream !== video && stream !== this.#sound) stream.discard = discardAll;
    this.#decoder = this.#openDecoder();
    this.#frame = newFrame(av, held);
  }

  run(): void {
    const packet = newPacket(this.#av, this.#held);
    while (this.#input.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === this.#video.index) this.#decode(packet);
      else if (packet.streamIndex === this.#sound?.index) this.#copySound(packet);
      packet.unref();
    }
    this.#decode(null);
    if (this.#source === undefined) {
      // What the command line says then depends on whether the container knows the picture.
      const { format, width } = this.#video.codecpar;
      const isKnownPicture = format >= 0 && width > 0;
      throw new Error(
        isKnownPicture && this.#refused !== undefined
          ? this.#refused
          : "Cannot determine format of input stream 0:0 after EOF",
      );
    }
    this.#feed(this.#source, null);
    for (const output of this.#outputs) output.finish();
  }

  #openInput(): FormatContext {
    const { inputFormat, inputPath, makesTimes } = this.#order;
    const input = new this.#av.FormatContext();
    input.allocContext();
    // The whitelist keeps what is no segment from reading the network.
    this.#check(input.setOption("protocol_whitelist", "file", optionString, searchChildren), "protocol_whitelist");
    if (makesTimes) input.flags |= generateTimes;
    const format = this.#av.InputFormat.findInputFormat(inputFormat);
    if (format === null) throw new Error("Demuxer not found");
    this.#check(input.openInputSync(inputPath, format, null), "opening the input");
    this.#held.add(input, (one) => one.closeInputSync());
    this.#check(input.findStreamInfoSync(null), "looking at the input");
    return input;
  }

  #openDecoder(): CodecContext {
    const codec = this.#av.Codec.findDecoder(this.#video.codecpar.codecId);
    if (codec === null) throw new Error("Decoder not found");
    const decoder = this.#held.add(new this.#av.CodecContext(), (one) => one.freeContext());
    decoder.allocContext3(codec);
    this.#check(decoder.parametersToContext(this.#video.codecpar), "describing the input");
    decoder.pktTimebase = this.#video.timeBase;
    decoder.framerate = this.#video.avgFrameRate;
    decoder.threadCount = this.#order.threads;
    this.#check(decoder.open2Sync(codec, null), "opening the decoder");
    return decoder;
  }

  #decode(packet: Packet | null): void {
    const sent = this.#decoder.sendPacketSync(packet);
    // What cannot be decoded is left out; the frames around it are not lost.
    if (sent < 0 && sent !== this.#av.AVERROR_EOF) this.#refused = this.#av.FFmpegError.strerror(sent);
    for (;;) {
      const code = this.#decoder.receiveFrameSync(this.#frame);
      if (code === this.#av.AVERROR_EAGAIN || code === this.#av.AVERROR_EOF) return;
      if (code < 0) {
        this.#refused = this.#av.FFmpegError.strerror(code);
        return;
      }
      this.#filter(this.#frame);
    }
  }

  #filter(frame: Frame): void {
    const best = frame.bestEffortTimestamp;
    if (best !== this.#av.AV_NOPTS_VALUE) frame.pts = best;
    else if (this.#nextPts !== undefined) frame.pts = this.#nextPts;
    else frame.pts = 0n;
    this.#nextPts = frame.pts + (frame.duration > 0n ? frame.duration : 1n);
    this.#source ??= this.#open(frame);
    this.#feed(this.#source, frame);
    frame.unref();
    for (const output of this.#outputs) output.takeFrames();
  }

  #feed(source: FilterContext, frame: Frame | null): void {
    const code = source.buffersrcAddFrameSync(frame);
    // Filters that have what they want take no more: a part of the segment is over before the segment.
    if (code !== this.#av.AVERROR_EOF) this.#check(code, "Error while filtering");
  }

  /** Makes the filters for pictures like the first one, and everything behind them. */
  #open(first: Frame): FilterContext {
    const { num, den } = this.#video.timeBase;
    const aspect = isKnown(first.sampleAspectRatio) ? first.sampleAspectRatio : { num: 1, den: 1 };
    const rate = [this.#video.avgFrameRate, this.#video.rFrameRate].find(isKnown) ?? { num: 25, den: 1 };
    const source = [
      `video_size=${first.width}x${first.height}:pix_fmt=${first.format}`,
      `time_base=${num}/${den}:pixel_aspect=${aspect.num}/${aspect.den}:frame_rate=${rate.num}/${rate.den}`,
      `colorspace=${first.colorSpace}:range=${first.colorRange}`,
    ].join(":");
    const ends = this.#order.outputs.map((_, index) => `[v${index}]buffersink@v${index}`);
    const graph: FilterGraph = this.#held.add(new this.#av.FilterGraph(), (one) => one.free());
    graph.alloc();
    const text = [`buffer@in=${source}[in]`, this.#order.graph, ...ends].join(";");
    this.#check(graph.parsePtr(text, null, null), "Error initializing filters");
    this.#check(graph.configSync(), "Error initializing filters");
    const end = (name: string) => {
      const found = graph.getFilter(name);
      if (found === null) throw new Error("Error initializing filters");
      return found;
    };
    const given = { first, sourceRate: rate, threads: this.#order.threads, sound: this.#sound };
    this.#outputs = this.#order.outputs.map(
      (order, index) =>
        new Output(this.#av, this.#held, this.#check, order, { ...given, sink: end(`buffersink@v${index}`) }),
    );
    for (const packet of this.#early.splice(0)) {
      this.#writeSound(packet);
      packet.free();
    }
    return end("buffer@in");
  }

  #copySound(packet: Packet): void {
    const { window } = this.#order;
    const { timeBase } = this.#sound as Stream;
    if (window !== undefined && packet.pts !== this.#av.AV_NOPTS_VALUE) {
      const seconds = (Number(packet.pts) * timeBase.num) / timeBase.den;
      if (seconds < window.start || seconds >= window.end) return;
      const shift = BigInt(Math.round((window.start * timeBase.den) / timeBase.num));
      packet.pts -= shift;
      packet.dts -= shift;
    }
    if (this.#source !== undefined) {
      this.#writeSound(packet);
      return;
    }
    const copy = packet.clone();
    if (copy === null) throw new Error("Cannot allocate memory");
    this.#early.push(copy);
  }

  #writeSound(packet: Packet): void {
    for (const output of this.#outputs) output.takeSound(packet, (this.#sound as Stream).timeBase);
  }
}

/**
 * Transcodes one segment: decode once, filter, encode every output, copy the sound. Synchronous.
 * Throws an error whose text is ffmpeg's; the process is of no use after that.
 */
export function transcodeOrder(av: NodeAvLibrary, order: NodeAvOrder): void {
  const held = new Held();
  new Transcoding(av, held, order).run();
  held.giveBackAll();
}
