const wrapMs = 2 ** 32;

/** Bounds of what counts as one timeline. */
export type TimelineOptions = {
  /** A step forward larger than this is a jump and is closed up, ms. */
  readonly maxForwardMs: number;
  /** A step back larger than this is a jump and is closed up, ms. */
  readonly maxBackwardMs: number;
};

/**
 * Turns the 32-bit timestamps of a publisher into one timeline that only grows: the wrap after 49 days and jumps
 * (an encoder that restarts its clock) are closed up, small disorder between audio and video stays as it is.
 */
export class StreamTimeline {
  readonly #options: TimelineOptions;
  #offset = 0;
  #last: number | undefined;
  #stepMs = 33;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** Milliseconds on the timeline for a wire timestamp. */
  place(timestamp: number): number {
    if (this.#last === undefined) {
      this.#last = timestamp;
      return timestamp;
    }
    // Nearest value to where we are, so that the wrap is no jump.
    let at = timestamp + this.#offset;
    at += Math.round((this.#last - at) / wrapMs) * wrapMs;
    const step = at - this.#last;
    if (step > this.#options.maxForwardMs || step < -this.#options.maxBackwardMs) {
      const target = this.#last + this.#stepMs;
      this.#offset = target - timestamp;
      this.#last = target;
      return target;
    }
    if (step > 0) {
      this.#stepMs = Math.min(Math.max(step, 1), 100);
      this.#last = at;
    }
    return at;
  }
}
