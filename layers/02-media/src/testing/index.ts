export * from "./collecting-sink.ts";
export * from "./counter-clip.ts";
export * from "./remux-backend.ts";
export * from "./require-ffmpeg.ts";
export * from "./rtmp-client.ts";
export * from "./synthetic-segment.ts";
export * from "./transcoder-compliance.ts";
