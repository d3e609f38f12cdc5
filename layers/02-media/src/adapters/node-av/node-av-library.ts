// The part of node-av 6.1 that is used here. The package is none of ours: the operator installs it, so its own types are not there.

/** A fraction, as ffmpeg writes time bases and rates. */
export type Fraction = { readonly num: number; readonly den: number };

type Disposable = { free(): void };

export type Packet = Disposable & {
  streamIndex: number;
  pts: bigint;
  dts: bigint;
  timeBase: Fraction;
  alloc(): void;
  unref(): void;
  clone(): Packet | null;
  rescaleTs(from: Fraction, to: Fraction): void;
};

export type Frame = Disposable & {
  readonly width: number;
  readonly height: number;
  readonly format: number;
  readonly bestEffortTimestamp: bigint;
  readonly sampleAspectRatio: Fraction;
  readonly colorRange: number;
  readonly colorSpace: number;
  readonly colorPrimaries: number;
  readonly colorTrc: number;
  readonly chromaLocation: number;
  pts: bigint;
  pictType: number;
  duration: bigint;
  alloc(): void;
  unref(): void;
  getSideData(type: number): Buffer | null;
};

export type Codec = { readonly name: string | null };

export type CodecParameters = {
  readonly codecType: number;
  readonly codecId: number;
  /** Pixel format; negative: unknown. */
  readonly format: number;
  readonly width: number;
  codecTag: number | string;
  copy(to: CodecParameters): number;
  fromContext(context: CodecContext): number;
  getCodedSideData(type: number): Buffer | null;
};

export type Stream = {
  readonly index: number;
  readonly codecpar: CodecParameters;
  readonly avgFrameRate: Fraction;
  readonly rFrameRate: Fraction;
  timeBase: Fraction;
  discard: number;
};

type Options = {
  setOption(name: string, value: string, type: number, searchFlags: number): number;
};

export type CodecContext = Options & {
  pktTimebase: Fraction;
  timeBase: Fraction;
  framerate: Fraction;
  threadCount: number;
  width: number;
  height: number;
  pixelFormat: number;
  sampleAspectRatio: Fraction;
  colorRange: number;
  colorSpace: number;
  colorPrimaries: number;
  colorTrc: number;
  chromaLocation: number;
  codecTag: number | string;
  flags: number;
  allocContext3(codec: Codec): void;
  freeContext(): void;
  parametersToContext(parameters: CodecParameters): number;
  /** Never with a dictionary: the library and the script would both free it. */
  open2Sync(codec: Codec, options: null): number;
  sendPacketSync(packet: Packet | null): number;
  receiveFrameSync(frame: Frame): number;
  sendFrameSync(frame: Frame | null): number;
  receivePacketSync(packet: Packet): number;
};

export type Dictionary = Disposable & { alloc(): void; set(key: string, value: string, flags: number): number };

export type FormatContext = Options & {
  readonly streams: readonly Stream[] | null;
  readonly oformat: { readonly flags: number } | null;
  flags: number;
  metadata: Dictionary | null;
  allocContext(): void;
  allocOutputContext2(format: null, name: string, path: string): number;
  freeContext(): void;
  openInputSync(path: string, format: unknown, options: null): number;
  closeInputSync(): void;
  findStreamInfoSync(options: null): number;
  readFrameSync(packet: Packet): number;
  newStream(codec: null): Stream;
  openOutputSync(): number;
  closeOutputSync(): void;
  writeHeaderSync(options: null): number;
  interleavedWriteFrameSync(packet: Packet): number;
  writeTrailerSync(): number;
};

export type FilterContext = {
  buffersrcAddFrameSync(frame: Frame | null): number;
  buffersinkGetFrameSync(frame: Frame): number;
  buffersinkGetWidth(): number;
  buffersinkGetHeight(): number;
  buffersinkGetFormat(): number;
  buffersinkGetTimeBase(): Fraction;
  buffersinkGetFrameRate(): Fraction;
  buffersinkGetSampleAspectRatio(): Fraction;
};

export type FilterGraph = Disposable & {
  alloc(): void;
  parsePtr(filters: string, inputs: null, outputs: null): number;
  configSync(): number;
  getFilter(name: string): FilterContext | null;
};

type New<T> = new () => T;

export type NodeAvLibrary = {
  readonly Packet: New<Packet>;
  readonly Frame: New<Frame>;
  readonly CodecContext: New<CodecContext>;
  readonly FormatContext: New<FormatContext>;
  readonly FilterGraph: New<FilterGraph>;
  readonly Dictionary: New<Dictionary>;
  readonly Codec: {
    findDecoder(id: number): Codec | null;
    findEncoderByName(name: string): Codec | null;
  };
  readonly InputFormat: { findInputFormat(name: string): unknown };
  readonly FFmpegError: { strerror(code: number): string };
  readonly Log: { setLevel(level: number): void };
  readonly AVERROR_EAGAIN: number;
  readonly AVERROR_EOF: number;
  readonly AV_NOPTS_VALUE: bigint;
};
