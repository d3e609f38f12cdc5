import { LpError } from "@livepeer-ts/kernel";
import { expect, it } from "vitest";
import { classifyFailure } from "../classify-failure.ts";
import { isCrash, isDeviceFailure, mayDoBetter } from "./device-failure.ts";

it.each([
  "[h264_nvenc @ 0x55] OpenEncodeSessionEx failed: out of memory (10): (no details)",
  "[h264_nvenc @ 0x55] No capable devices found",
  "[h264_nvenc @ 0x55] Cannot load libcuda.so.1",
  "[AVHWDeviceContext @ 0x55] cu->cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
  "[AVHWDeviceContext @ 0x55] Failed to initialise VAAPI connection: -1 (unknown libva error).",
  "[AVHWDeviceContext @ 0x55] No VA display found for device /dev/dri/renderD128.",
  "[AVHWDeviceContext @ 0x55] Error creating a MFX session: -9.",
  "Device creation failed: -542398533.",
  "[h264_videotoolbox @ 0x55] Error: cannot create compression session: -12908",
])("sees the device's fault in: %s", (stderr) => {
  const error = classifyFailure(1, stderr);
  expect([isDeviceFailure(error), isCrash(error), mayDoBetter(error)]).toEqual([true, false, true]);
});

it.each([
  "in.ts: Invalid data found when processing input",
  "Impossible to convert between the formats supported by the filter 'Parsed_split_0' and the filter 'auto_scale_0'",
  "[h264 @ 0x55] error while decoding MB 10 4, bytestream -7",
])("does not see it in: %s", (stderr) => {
  const error = classifyFailure(1, stderr);
  expect([isDeviceFailure(error), mayDoBetter(error)]).toEqual([false, true]);
});

it("counts a process that died or hung as the device's, and tries only the first again", () => {
  const died = classifyFailure(null, "");
  expect([isDeviceFailure(died), isCrash(died), mayDoBetter(died)]).toEqual([true, true, true]);
  const hung = new LpError({ code: "ffmpeg_deadline", message: "killed" });
  expect([isDeviceFailure(hung), isCrash(hung), mayDoBetter(hung)]).toEqual([true, false, false]);
});

it("does not try again what is the segment's or the machine's own fault", () => {
  expect(mayDoBetter(classifyFailure(1, "Stream map '0:v' matches no streams."))).toBe(false);
  expect(mayDoBetter(classifyFailure(1, "out0.ts: No space left on device"))).toBe(false);
});
