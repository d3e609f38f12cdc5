import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wordErrors, wordsOf } from "../../../node/src/demo-ai/word-errors.ts";
import { sentencesOf } from "../src/speech/sentences.ts";
import { tokenStarts } from "../src/whisper/word-times.ts";
import { dataOf, lacking, type RunnerProcess, startRunner } from "./runner-process.ts";

const sentences = [
  "It was the best of times, it was the worst of times.",
  "The quick brown fox jumps over the lazy dog.",
  "Please send the video to the other machine before noon.",
  "A small model can still read a whole page of text.",
  "Yesterday we walked along the river and counted the boats.",
];

type Transcript = { text: string; chunks: { timestamp: [number, number]; text: string }[] };

test("text is cut where a voice would pause", () => {
  expect(sentencesOf('Pi is 3.14, "or so". Really?\nYes; no')).toEqual([
    [
      { words: "Pi is 3.14", mark: "," },
      { words: '"or so"', mark: "." },
    ],
    [{ words: "Really", mark: "?" }],
    [
      { words: "Yes", mark: ";" },
      { words: "no", mark: "." },
    ],
  ]);
  expect(sentencesOf(" ... !")).toEqual([]);
});

test("tokens are placed where the attention goes", () => {
  // three tokens heard at 0-9, 10-29 and 30-39 of 40 places
  const places = [
    [0, 10],
    [10, 30],
    [30, 40],
  ] as const;
  const attention = places.map(([from, to]) =>
    Float32Array.from({ length: 50 }, (_, at) => (at >= from && at < to ? 1 : 0)),
  );
  expect(tokenStarts(attention, 1, 50, 40)).toEqual([0, 10, 30, 40]);
});

describe.skipIf(lacking("tts", "asr") !== undefined)("text-to-speech and audio-to-text", () => {
  let voice: RunnerProcess;
  let ear: RunnerProcess;
  beforeAll(async () => {
    [voice, ear] = await Promise.all([startRunner("text-to-speech"), startRunner("audio-to-text")]);
  });
  afterAll(async () => {
    await Promise.all([voice?.stop(), ear?.stop()]);
  });
  const spoken = async (text: string): Promise<Buffer> => {
    const answer = await voice.json("/text-to-speech", { text });
    expect(answer.status, `health ${JSON.stringify(voice.log)}`).toBe(200);
    return dataOf(((await answer.json()) as { audio: { url: string } }).audio.url);
  };
  const heard = async (sound: Buffer, stamps = "true"): Promise<Transcript> => {
    const answer = await ear.form("/audio-to-text", {
      audio: new Blob([Uint8Array.from(sound)]),
      return_timestamps: stamps,
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Transcript;
  };
  const secondsOf = (wav: Buffer) => (wav.length - 44) / 2 / wav.readUInt32LE(24);

  test("what is said is heard: at most one word in ten is wrong", async () => {
    let wrong = 0;
    let words = 0;
    for (const sentence of sentences) {
      const transcript = await heard(await spoken(sentence));
      wrong += wordErrors(sentence, transcript.text);
      words += wordsOf(sentence).length;
    }
    expect(words).toBe(52);
    expect(wrong / words).toBeLessThanOrEqual(0.1);
  });

  test("the same text is the same sound, in WAV of 22050 Hz", async () => {
    const sound = await spoken("Hello there.");
    expect(sound.subarray(0, 4).toString()).toBe("RIFF");
    expect([sound.readUInt16LE(22), sound.readUInt32LE(24), sound.readUInt16LE(34)]).toEqual([1, 22_050, 16]);
    expect(sound.readUInt32LE(40)).toBe(sound.length - 44);
    expect(secondsOf(sound)).toBeGreaterThan(0.4);
    expect(secondsOf(sound)).toBeLessThan(3);
    expect((await spoken("Hello there.")).equals(sound)).toBe(true);
    expect((await spoken("Goodbye.")).equals(sound)).toBe(false);
  });

  test("a text longer than the model's window is heard to its end, in order", async () => {
    const text = [...sentences, ...sentences, ...sentences.slice(0, 3)].join(" ");
    const sound = await spoken(text);
    expect(secondsOf(sound)).toBeGreaterThan(31);
    const { text: found, chunks } = await heard(sound);
    expect(wordErrors(text, found) / wordsOf(text).length).toBeLessThanOrEqual(0.1);
    const times = chunks.flatMap(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    expect(times.at(-1)).toBeGreaterThan(secondsOf(sound) - 2);
    expect(times.at(-1)).toBeLessThanOrEqual(secondsOf(sound) + 0.01);
  });

  test("each word has its time", async () => {
    const [first, second] = await Promise.all([spoken("The quick brown fox."), spoken("It jumps over the lazy dog.")]);
    const rate = 22_050;
    const silence = Buffer.alloc(rate * 2 * 3);
    const joined = Buffer.concat([first, silence, second.subarray(44)]);
    joined.writeUInt32LE(joined.length - 44, 40);
    const { chunks } = await heard(joined, "word");
    expect(wordsOf(chunks.map(({ text }) => text).join(" "))).toEqual(
      wordsOf("The quick brown fox It jumps over the lazy dog"),
    );
    const times = chunks.flatMap(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    const dog = chunks.at(-1);
    // the second sentence begins after the silence of three seconds
    expect(dog?.timestamp[0]).toBeGreaterThan(secondsOf(first) + 3);
    expect(chunks[3]?.text.toLowerCase()).toContain("fox");
    expect(chunks[3]?.timestamp[0]).toBeLessThan(secondsOf(first));
  });

  test("without timestamps there are no chunks; other values are refused", async () => {
    const sound = await spoken("Hello there.");
    const answer = await heard(sound, "false");
    expect(answer.chunks).toEqual([]);
    expect(wordsOf(answer.text)).toEqual(["hello", "there"]);
    const refused = await ear.form("/audio-to-text", {
      audio: new Blob([Uint8Array.from(sound)]),
      return_timestamps: "often",
    });
    expect(refused.status).toBe(422);
  });

  test("silence says nothing, and noise is no audio file", async () => {
    const silent = Buffer.from(await spoken("Hello there."));
    silent.fill(0, 44);
    expect((await heard(silent)).text.length).toBeLessThan(20);
    const refused = await ear.form("/audio-to-text", { audio: new Blob(["this is no sound"]) });
    expect(refused.status).toBe(415);
    expect(((await refused.json()) as { detail: { msg: string } }).detail.msg).toContain("Unsupported audio format");
  });

  test("refuses texts that cannot be spoken", async () => {
    expect((await voice.json("/text-to-speech", { text: "" })).status).toBe(422);
    expect((await voice.json("/text-to-speech", { text: "…" })).status).toBe(400);
    expect((await voice.json("/text-to-speech", { text: "a ".repeat(1001) })).status).toBe(400);
    // read as a text and not as an option of the program
    expect(wordsOf((await heard(await spoken("--help me"))).text).join(" ")).toContain("help me");
  });

  test("without espeak-ng the voice says what to install", async () => {
    const mute = await startRunner("text-to-speech", { PATH: "/nowhere" });
    const health = (await (await fetch(`${mute.url}/health`)).json()) as Record<string, string>;
    expect(health["status"]).toBe("ERROR");
    expect(health["problem"]).toContain("apt-get install espeak-ng");
    expect((await mute.json("/text-to-speech", { text: "Hello." })).status).toBe(503);
    await mute.stop();
  });
});
