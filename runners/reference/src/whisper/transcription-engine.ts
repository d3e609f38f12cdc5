import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, unfit } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import { readSound } from "../media/sound.ts";
import { floatTensor, type InferenceSession, longTensor, openModel, type Tensor } from "../onnx/session.ts";
import { logShare, nextToken, timestampSec, whisperTokens } from "./token-rules.ts";
import { Vocabulary } from "./vocabulary.ts";
import { tokenStarts } from "./word-times.ts";

const sampleRate = 16_000;
const windowSamples = 480_000;
const windowSec = 30;
const layers = 4;
const heads = 6;
const headWidth = 64;
const followers = 8;
const places = 1500;
/** Tokens of one window: half of the model's context. */
const maxWindowTokens = 224;
/** Tokens of a row that repeats itself; then the window is given up. */
const maxRepeats = 6;

/** Quieter than this is silence. */
const silence = 0.003;
/** Silence before speech is passed over when it is longer than this, but for the last part of it, s. */
const passedOverSec = 1;
/** A window is taken for empty when the model thinks so by this much, and its text is unlikely. */
const emptyShare = 0.6;
const unlikelyLogShare = -1;

/** `[start, end]` in s, and what was said. */
type Chunk = { readonly timestamp: readonly [number, number]; readonly text: string };
/** Tokens of a window, and the attention that belongs to each. */
type Decoded = {
  readonly tokens: readonly number[];
  readonly attention: readonly Float32Array[];
  readonly isEmpty: boolean;
};

/** Whisper tiny.en. */
export async function transcriptionEngine(folder: string): Promise<Engine> {
  const config = JSON.parse(readFileSync(join(folder, "asr/config.json"), "utf8")) as {
    suppress_ids: readonly number[];
  };
  const model = new WhisperModel(
    await openModel(join(folder, "asr/encoder.onnx")),
    await openModel(join(folder, "asr/decoder.onnx")),
    new Vocabulary(join(folder, "asr/vocabulary.txt")),
    config.suppress_ids,
  );
  return {
    async run(job, signal) {
      const stamps = job.text("return_timestamps");
      if (!["true", "false", "word"].includes(stamps)) {
        throw unfit("return_timestamps", "Input should be 'true', 'false' or 'word'", "literal_error");
      }
      const samples = await readSound(job.file("audio"), sampleRate, signal);
      const chunks = await model.transcribe(samples, stamps === "word", signal);
      const text = chunks
        .map((chunk) => chunk.text)
        .join(stamps === "word" ? "" : " ")
        .trim();
      const trimmed = chunks.map((chunk) => ({ ...chunk, text: chunk.text.trim() }));
      return { kind: "json", value: { text, chunks: stamps === "false" ? [] : trimmed } };
    },
  };
}

class WhisperModel {
  readonly #encoder: InferenceSession;
  readonly #decoder: InferenceSession;
  readonly #vocabulary: Vocabulary;
  readonly #suppressed: readonly number[];

  constructor(
    encoder: InferenceSession,
    decoder: InferenceSession,
    vocabulary: Vocabulary,
    suppressed: readonly number[],
  ) {
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#vocabulary = vocabulary;
    this.#suppressed = suppressed;
  }

  async transcribe(samples: Float32Array, isByWord: boolean, signal: AbortSignal): Promise<Chunk[]> {
    const totalSec = samples.length / sampleRate;
    const chunks: Chunk[] = [];
    let atSec = 0;
    for (;;) {
      atSec = soundAfter(samples, atSec);
      // less than a tenth of a second holds no word
      if (totalSec - atSec <= 0.1) break;
      if (signal.aborted) throw new Refusal(499, "the client has gone");
      const from = Math.round(atSec * sampleRate);
      const window = new Float32Array(windowSamples);
      window.set(samples.subarray(from, from + windowSamples));
      const leftSec = Math.min(windowSec, totalSec - atSec);
      const decoded = await this.#decode(window, signal);
      const { segments, advanceSec } = this.#segments(decoded, leftSec);
      for (const { startSec, endSec, from: first, to } of decoded.isEmpty ? [] : segments) {
        const tokens = decoded.tokens.slice(first, to);
        const text = this.#vocabulary.text(tokens);
        if (text.trim() === "") continue;
        if (!isByWord) {
          chunks.push({ timestamp: [rounded(atSec + startSec), rounded(atSec + endSec)], text: text.trim() });
          continue;
        }
        const words = this.#words(tokens, decoded.attention.slice(first, to + 1), endSec);
        for (const { text: word, start, end } of words) {
          const low = Math.min(Math.max(start, startSec), endSec);
          const high = Math.min(Math.max(end, low), endSec);
          chunks.push({ timestamp: [rounded(atSec + low), rounded(atSec + high)], text: word });
        }
      }
      atSec += advanceSec;
    }
    return chunks;
  }

  async #decode(window: Float32Array, signal: AbortSignal): Promise<Decoded> {
    const heard = await this.#encoder.run({ pcm: floatTensor(window, [1, windowSamples]) });
    const kept: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++) {
      kept[`key_${layer}`] = heard[`key_${layer}`] as Tensor;
      kept[`value_${layer}`] = heard[`value_${layer}`] as Tensor;
      kept[`past_key_${layer}`] = floatTensor(new Float32Array(0), [1, heads, headWidth, 0]);
      kept[`past_value_${layer}`] = floatTensor(new Float32Array(0), [1, heads, 0, headWidth]);
    }
    const tokens: number[] = [];
    const attention: Float32Array[] = [];
    let token: number = whisperTokens.start;
    let empty = 0;
    let sum = 0;
    while (tokens.length < maxWindowTokens && !signal.aborted) {
      const outputs = await this.#decoder.run({
        ...kept,
        token: longTensor([token], [1, 1]),
        position: longTensor([tokens.length], [1]),
      });
      for (let layer = 0; layer < layers; layer++) {
        kept[`past_key_${layer}`] = outputs[`present_key_${layer}`] as Tensor;
        kept[`past_value_${layer}`] = outputs[`present_value_${layer}`] as Tensor;
      }
      // what the decoder looks at while it reads one token is where it hears the next
      attention.push(Float32Array.from(outputs["attention"]?.data as Float32Array));
      const logits = outputs["logits"]?.data as Float32Array;
      if (tokens.length === 0) empty = Math.exp(logShare(logits, whisperTokens.noSpeech));
      token = nextToken(logits, tokens, this.#suppressed);
      sum += logShare(logits, token);
      if (token === whisperTokens.end || repeats(tokens, token)) break;
      tokens.push(token);
    }
    return { tokens, attention, isEmpty: empty > emptyShare && sum / (tokens.length + 1) < unlikelyLogShare };
  }

  /** Pieces of the window between timestamps, and how far the next window begins after this one. */
  #segments({ tokens }: Decoded, leftSec: number) {
    const { zero } = whisperTokens;
    const segments: { startSec: number; endSec: number; from: number; to: number }[] = [];
    const secondsOf = (token: number) => Math.min((token - zero) * timestampSec, leftSec);
    let startSec = 0;
    let from = 0;
    for (const [index, token] of tokens.entries()) {
      if (token < zero) continue;
      if (index > from) segments.push({ startSec, endSec: secondsOf(token), from, to: index });
      startSec = secondsOf(token);
      from = index + 1;
    }
    const lastClosed = segments.at(-1)?.endSec ?? 0;
    const isOpen = from < tokens.length;
    const isLast = leftSec < windowSec;
    if (isOpen && (isLast || segments.length === 0)) {
      // nothing comes after it, or the window has no end inside: what is open counts
      segments.push({ startSec, endSec: leftSec, from, to: tokens.length });
      return { segments, advanceSec: leftSec };
    }
    // the model often stops at a pause: what comes after it is a window of its own
    return { segments, advanceSec: lastClosed > 0 && lastClosed < leftSec ? Math.max(lastClosed, 0.5) : leftSec };
  }

  /** Words with their times inside the window, s. `attention` has one row more than tokens: that of what follows. */
  #words(tokens: readonly number[], attention: readonly Float32Array[], endSec: number) {
    const used = Math.min(places, Math.max(1, Math.round(endSec / timestampSec)));
    const starts = tokenStarts(attention, followers, places, used);
    const words: { text: string; start: number; end: number }[] = [];
    let pending: number[] = [];
    for (const [index, token] of tokens.entries()) {
      const start = (starts[index] as number) * timestampSec;
      const end = (starts[index + 1] as number) * timestampSec;
      pending.push(token);
      const text = this.#vocabulary.text(pending);
      if (text.endsWith("\ufffd")) continue;
      pending = [];
      const last = words.at(-1);
      if (last === undefined || text.startsWith(" ")) words.push({ text, start, end });
      else {
        last.text += text;
        last.end = end;
      }
    }
    return words;
  }
}

function repeats(tokens: readonly number[], token: number): boolean {
  return (
    token < whisperTokens.zero &&
    tokens.length >= maxRepeats &&
    tokens.slice(-maxRepeats).every((other) => other === token)
  );
}

/** Where to listen next: at `fromSec`, or shortly before the next sound when there is a long silence. */
function soundAfter(samples: Float32Array, fromSec: number): number {
  const from = Math.round(fromSec * sampleRate);
  let at = from;
  while (at < samples.length && Math.abs(samples[at] as number) < silence) at++;
  const silentSec = (at - from) / sampleRate;
  if (at === samples.length) return at / sampleRate;
  return silentSec > passedOverSec ? fromSec + silentSec - passedOverSec / 2 : fromSec;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
