/** Numbers of Whisper's English vocabulary. */
export const whisperTokens = {
  end: 50_256,
  start: 50_257,
  /** Nobody speaks; likely at the beginning of a window without speech. */
  noSpeech: 50_361,
  noTimestamps: 50_362,
  /** The first timestamp, 0 s; each further one is 0.02 s later. */
  zero: 50_363,
  /** One more than the last. */
  count: 51_864,
} as const;

/** Seconds between two timestamps. */
export const timestampSec = 0.02;
/** The first timestamp of a window is at most this late, s. */
const latestStartSec = 1;

/**
 * The next token by the rules of timestamps: the first is one, they come in pairs, never go back, and win when together they are likelier
 * than any text. `made` are the tokens of the window so far; `suppressed` are never chosen. Changes `logits`.
 */
export function nextToken(logits: Float32Array, made: readonly number[], suppressed: readonly number[]): number {
  const { end, start, zero, count } = whisperTokens;
  const forbid = (from: number, to: number) => logits.fill(Number.NEGATIVE_INFINITY, from, to);
  for (const token of suppressed) logits[token] = Number.NEGATIVE_INFINITY;
  forbid(start, zero);
  const isTimestamp = (token: number | undefined) => token !== undefined && token >= zero;
  const last = made.at(-1);
  if (made.length === 0) {
    forbid(0, zero);
    forbid(zero + latestStartSec / timestampSec + 1, count);
  } else if (isTimestamp(last)) {
    // after a pair comes text; after the end of a segment comes its twin or the end of all
    if (made.length === 1 || isTimestamp(made.at(-2))) forbid(zero, count);
    else forbid(0, end);
  }
  const stamps = made.filter(isTimestamp);
  const latest = stamps.at(-1);
  if (latest !== undefined) {
    const isClosing = isTimestamp(last) && !isTimestamp(made.at(-2)) && made.length > 1;
    forbid(zero, isClosing ? latest : latest + 1);
  }
  let best = 0;
  let bestText = 0;
  for (let token = 1; token < count; token++) {
    if ((logits[token] as number) > (logits[best] as number)) best = token;
    if (token < zero && (logits[token] as number) > (logits[bestText] as number)) bestText = token;
  }
  const peak = logits[best] as number;
  let stampShare = 0;
  let bestStamp = zero;
  for (let token = zero; token < count; token++) {
    stampShare += Math.exp((logits[token] as number) - peak);
    if ((logits[token] as number) > (logits[bestStamp] as number)) bestStamp = token;
  }
  return stampShare > Math.exp((logits[bestText] as number) - peak) ? bestStamp : best;
}

/** Logarithm of the share that a token has after softmax. */
export function logShare(logits: Float32Array, token: number): number {
  const own = logits[token] as number;
  let sum = 0;
  for (let at = 0; at < whisperTokens.count; at++) sum += Math.exp((logits[at] as number) - own);
  return -Math.log(sum);
}
