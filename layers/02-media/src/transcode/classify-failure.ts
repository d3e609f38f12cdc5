import type { LpError } from "@livepeer-ts/kernel";
import { isTranscoderErrorText, type TranscoderErrorText, transcoderError } from "../wire/transcoder-errors.ts";

// What ffmpeg says, and which text of the protocol it means. Only for what our own look at the input did not catch.
const patterns: readonly (readonly [RegExp, TranscoderErrorText])[] = [
  [/matches no streams/, "TranscoderInvalidVideo"],
  [/Cannot determine format of input stream/, "No keyframes in input"],
  [/No space left on device/, "No space left on device"],
  [/Cannot allocate memory|Out of memory|malloc of size/i, "Cannot allocate memory"],
  [/Unknown encoder|Encoder not found/, "Encoder not found"],
  [/Unknown decoder|Decoder not found|no decoder found/i, "Decoder not found"],
  [/Error (re)?initializing filters|Error reinitializing|No such filter/, "Error initializing filtergraph"],
  [/Unrecognized option|Option not found/, "Option not found"],
  [/Requested output format .* is not|Unable to find a suitable output format/, "Muxer not found"],
  [/Error while opening encoder|Error initializing output stream/, "Invalid argument"],
];

/** The protocol's error for an ffmpeg process that failed, from the last lines it wrote. */
export function classifyFailure(exitCode: number | null, stderr: string): LpError {
  const tail = stderr.trim().slice(-400);
  const details = { exitCode: exitCode ?? "killed", stderr: tail };
  for (const [pattern, text] of patterns) if (pattern.test(stderr)) return transcoderError(text, { details });
  for (const line of stderr.split("\n").reverse()) {
    const text = line.slice(line.lastIndexOf(": ") + 1).trim();
    if (isTranscoderErrorText(text)) return transcoderError(text, { details });
  }
  return transcoderError("Invalid data found when processing input", { details });
}
