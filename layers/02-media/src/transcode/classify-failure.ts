import type { LpError } from "@livepeer-ts/kernel";
import { isTranscoderErrorText, type TranscoderErrorText, transcoderError } from "../wire/transcoder-errors.ts";

// What ffmpeg says, and which text of the protocol it means. Only for what our own look at the input did not catch.
const patterns: readonly (readonly [RegExp, TranscoderErrorText])[] = [
  [/matches no streams/, "TranscoderInvalidVideo"],
  [/Cannot determine format of input stream/, "No keyframes in input"],
  [/No space left on device/, "No space left on device"],
  [/Cannot allocate memory|Out of memory|malloc of size/i, "Cannot allocate memory"],
  [/Resource temporarily unavailable/, "Resource temporarily unavailable"],
  [/Unknown encoder|Encoder not found/, "Encoder not found"],
  [/Unknown decoder|Decoder not found|no decoder found/i, "Decoder not found"],
  [/Error (re)?initializing filters|Error reinitializing|No such filter/, "Error initializing filtergraph"],
  [/Unrecognized option|Option not found/, "Option not found"],
  [/Requested output format .* is not|Unable to find a suitable output format/, "Muxer not found"],
  // An encoder that dislikes its parameters says so in a line of its own; one that lacks threads or memory says nothing.
  [/\[lib[^\]]+\].*Error while opening encoder/s, "Invalid argument"],
  [/Error while opening encoder/, "Generic error in an external library"],
  [/Error initializing output stream/, "Invalid argument"],
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
