/** One thing that was looked at in a result. */
export type CheckRecord = {
  /** `signature`: who signed; `pixels`: what is billed; `structure`: size, frames and times; `pictures`: what a decoder shows;
   * `classifier`: what `-verifierUrl` says. */
  readonly check: "signature" | "pixels" | "structure" | "pictures" | "classifier";
  readonly outcome: "passed" | "failed" | "skipped";
  /** Name of the rendition; null: all of them. */
  readonly rendition: string | null;
  /** What was found, or why nothing was; null: nothing to say. */
  readonly detail: string | null;
};

/** A result of an untrusted orchestrator beside the trusted one's. */
export type ComparisonRecord = {
  readonly uri: string;
  readonly orchestrator: string | null;
  /** What the perceptual hashes have in common; `unreadable`: it is none, or not one of this segment. */
  readonly signature: "none" | "part" | "whole" | "unreadable";
  /** What of the media differs; null: nothing, or the hashes differed already. */
  readonly difference: string | null;
  readonly passed: boolean;
};

/** How fast verification of one segment came out. */
export type FastVerificationRecord = {
  /** `compared`; `alone`: the verified one was trusted with it; `no-trusted`, `no-untrusted`: nobody to compare with;
   * `not-comparable`: the trusted one's hash could not be used. */
  readonly outcome: "compared" | "alone" | "no-trusted" | "no-untrusted" | "not-comparable";
  /** Rendition that was compared; null when none was. */
  readonly rendition: string | null;
  /** URI of the trusted orchestrator; null when none was asked or none delivered. */
  readonly trusted: string | null;
  /** In the order in which they were compared. */
  readonly compared: readonly ComparisonRecord[];
  /** URI of the orchestrator whose result is played. */
  readonly used: string;
  /** URIs that were suspended for what was found. */
  readonly suspended: readonly string[];
};
