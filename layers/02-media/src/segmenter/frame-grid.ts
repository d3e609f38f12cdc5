/** RTMP rounds times to ms; half of one, plus what the encoder's own rounding may add. */
const toleranceMs = 0.75;

const exactRates: readonly (readonly [near: number, num: number, den: number])[] = [
  [23.976, 24000, 1001],
  [29.97, 30000, 1001],
  [59.94, 60000, 1001],
  [119.88, 120000, 1001],
];

/**
 * Gives back the precision that RTMP took: with a known step, times that lie within rounding distance of the grid are put
 * on it, in 90 kHz ticks. Times that do not fit start a new grid, so nothing moves by more than the tolerance.
 */
export class FrameGrid {
  #stepTicks: number | undefined;
  #anchorMs = 0;
  #anchored = false;

  /** Sets the step from frames per second; 0 or nonsense turns the grid off. */
  setRate(fps: number): void {
    const known = exactRates.find(([near]) => Math.abs(near - fps) < 0.005);
    const rate = known === undefined ? fps : known[1] / known[2];
    this.setStep(rate >= 1 && rate <= 300 ? 90_000 / rate : undefined);
  }

  /** Sets the step in ticks; undefined turns the grid off. */
  setStep(stepTicks: number | undefined): void {
    this.#stepTicks = stepTicks;
    this.#anchored = false;
  }

  /** Ticks for a time in ms. */
  ticks(ms: number): number {
    const raw = Math.round(ms * 90);
    if (this.#stepTicks === undefined) return raw;
    if (!this.#anchored) {
      this.#anchored = true;
      this.#anchorMs = ms;
      return raw;
    }
    const stepMs = this.#stepTicks / 90;
    const onGrid = this.#anchorMs + Math.round((ms - this.#anchorMs) / stepMs) * stepMs;
    if (Math.abs(onGrid - ms) <= toleranceMs) return Math.round(onGrid * 90);
    this.#anchorMs = ms;
    return raw;
  }
}
