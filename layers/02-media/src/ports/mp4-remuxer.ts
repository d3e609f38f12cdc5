/**
 * Puts one stretch of MPEG-TS, segments one behind the other, into a fragmented MP4 as it comes, without transcoding it. The
 * iteration rejects when the input is no media; giving it up frees everything.
 */
export type Mp4Remuxer = (transportStream: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>;
