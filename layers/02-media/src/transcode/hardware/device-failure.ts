import { LpError } from "@livepeer-ts/kernel";

// What drivers and ffmpeg say when the device, not the segment, is at fault.
const deviceTexts = [
  /No capable devices found|OpenEncodeSessionEx failed|No NVENC capable|Driver does not support/i,
  /CUDA_ERROR|Cannot load (lib)?(nv)?cu|Could not dynamically load CUDA|Failed to (create|set) .*CUDA/i,
  /Failed to initiali[sz]e VAAPI|No VA display|Failed to (create|open) .*(VAAPI|encode context)/i,
  /Error (creating|initializing) (a|an|the)? ?(MFX|QSV)|MFX session|DLL amfrt|AMF failed|CreateComponent/i,
  /cannot create compression session|Device creation failed|No device available|Failed to set value .* for option '\w*hw/i,
];

/** True when the process died and the driver said nothing: the device's fault, or that of bytes that break a decoder. */
export function isCrash(error: unknown): boolean {
  return error instanceof LpError && error.details["exitCode"] === "killed" && !isDriverText(error);
}

function isDriverText(error: LpError): boolean {
  const { stderr } = error.details;
  return typeof stderr === "string" && deviceTexts.some((pattern) => pattern.test(stderr));
}

/** True when an attempt ended because of its device: it hung, was killed, or the driver said so. */
export function isDeviceFailure(error: unknown): boolean {
  if (!(error instanceof LpError)) return false;
  return error.code === "ffmpeg_deadline" || error.details["exitCode"] === "killed" || isDriverText(error);
}

// The segment's own faults and the machine's: another device would do no better.
const othersFault = new Set([
  "transcoder_invalid_video",
  "transcoder_no_keyframes",
  "transcoder_no_space",
  "transcoder_busy",
  "ffmpeg_start",
]);

/** True when another try, elsewhere or decoded in memory, may do better. A hang is not tried again: its time is gone. */
export function mayDoBetter(error: unknown): boolean {
  return error instanceof LpError && error.code !== "ffmpeg_deadline" && !othersFault.has(error.code);
}
