export * from "./clip-publisher.ts";
export * from "./ffmpeg-picture-sampler.ts";
export * from "./ffmpeg-remuxer.ts";
export * from "./ffmpeg-transcoder.ts";
export * from "./find-ffmpeg.ts";
export * from "./find-hardware.ts";
export * from "./hardware-self-test.ts";
export * from "./rtmp-server.ts";
