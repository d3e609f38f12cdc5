import type { TranscoderErrorText } from "../wire/transcoder-errors.ts";

/** What whoever pushes can do, by what went wrong; written under the protocol's own line. */
export const pushRemedies = {
  unreadable: "The body holds no video that can be read: push whole MPEG-TS or MP4 segments.",
  damaged: "The segment is damaged or cut short: push it whole, from its first byte to its last.",
  noVideo: "The segment holds no picture: push segments with a video track.",
  noKeyframe: "The segment cannot be decoded by itself: begin every segment with a keyframe.",
  format: "The picture is of a kind that cannot be decoded here: encode H.264 or HEVC in 4:2:0.",
} as const;

const remedies: Readonly<Partial<Record<TranscoderErrorText, string>>> = {
  EmptyData: pushRemedies.unreadable,
  TranscoderInvalidVideo: pushRemedies.noVideo,
  "No keyframes in input": pushRemedies.noKeyframe,
  "Invalid data found when processing input": pushRemedies.damaged,
  "Invalid argument": pushRemedies.damaged,
  "Unsupported input codec": pushRemedies.format,
  "Unsupported input pixel format": pushRemedies.format,
};

/** What to do about a failed segment, from the text of its failure; undefined when it is not the publisher's to mend. */
export function pushRemedy(failure: string): string | undefined {
  const text = failure.slice(failure.indexOf(": ") + 1).trim();
  return (remedies as Readonly<Record<string, string | undefined>>)[text];
}
