import { expect, it } from "vitest";
import { classifyFailure } from "../transcode/classify-failure.ts";
import {
  isTranscoderErrorText,
  nonRetryableTranscoderErrors,
  transcoderError,
  transcoderErrorTable,
} from "./transcoder-errors.ts";

it("keeps the nineteen texts after which a segment is dropped, letter for letter", () => {
  expect([...nonRetryableTranscoderErrors]).toEqual([
    "Unsupported input pixel format",
    "Error initializing filtergraph",
    "Too many outputs",
    "Unsupported input codec",
    "No keyframes in input",
    "Unrecoverable state, restart process",
    "Encoded frames runaway",
    "Decoder not found",
    "Demuxer not found",
    "Encoder not found",
    "Muxer not found",
    "Option not found",
    "Invalid argument",
    "TranscoderInvalidResolution",
    "TranscoderInvalidVideo",
    "TranscoderUnrecognizedFormat",
    "TranscoderUnrecognizedProfile",
    "TranscoderInvalidGOP",
    "TranscoderIncompatibleDevices",
  ]);
});

it("makes errors whose message is the text and whose retryable flag follows the table", () => {
  for (const [text, row] of Object.entries(transcoderErrorTable)) {
    if (!isTranscoderErrorText(text)) throw new Error(text);
    expect(transcoderError(text)).toMatchObject({ message: text, code: row.code, retryable: row.retryable });
  }
  expect(isTranscoderErrorText("toString")).toBe(false);
});

it("gives every text a code of its own", () => {
  const codes = Object.values(transcoderErrorTable).map((row) => row.code);
  expect(new Set(codes).size).toBe(codes.length);
});

it.each([
  ["in.ts: Invalid data found when processing input\n", "Invalid data found when processing input"],
  ["Stream map '0:v' matches no streams.\nTo ignore this, add a trailing '?'", "TranscoderInvalidVideo"],
  ["Cannot determine format of input stream 0:0 after EOF", "No keyframes in input"],
  ["av_interleaved_write_frame(): No space left on device", "No space left on device"],
  ["Unknown encoder 'libx265'", "Encoder not found"],
  ["[libx264 @ 0x1] bitrate not specified\nError while opening encoder for output stream #0:0", "Invalid argument"],
  ["Error initializing output stream 0:0 -- Error while opening encoder", "Generic error in an external library"],
  ["Error reinitializing filters!\nResource temporarily unavailable", "Resource temporarily unavailable"],
  ["something nobody has seen", "Invalid data found when processing input"],
])("reads ffmpeg's %j as %j", (stderr, text) => {
  expect(classifyFailure(1, stderr).message).toBe(text);
});
