import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, unfit } from "../http/refusal.ts";
import type { Engine } from "../jobs/engine.ts";
import { wavFile } from "../media/sound.ts";
import { floatTensor, infer, longTensor, openModel } from "../onnx/session.ts";
import { needEspeak, phonemes } from "./phonemes.ts";
import { sentencesOf } from "./sentences.ts";

/** Longest text that is spoken. */
export const maxTextCharacters = 2000;
/** Most sounds of one sentence; longer ones are cut in two by nobody who reads aloud. */
export const maxSentenceIds = 4096;
/** Silence between sentences, s. */
const pauseSec = 0.2;

type VoiceFacts = {
  readonly audio: { readonly sample_rate: number };
  readonly inference: { readonly length_scale: number };
  readonly phoneme_id_map: Readonly<Record<string, readonly number[]>>;
};

/** The Piper voice. The same text gives the same sound: the model's own noise is off. */
export async function speechEngine(folder: string): Promise<Engine> {
  await needEspeak();
  const file = join(folder, "tts/en_US-joe-medium.onnx");
  const facts = JSON.parse(readFileSync(`${file}.json`, "utf8")) as VoiceFacts;
  const session = await openModel(file);
  const rate = facts.audio.sample_rate;
  const scales = () => floatTensor(Float32Array.from([0, facts.inference.length_scale, 0]), [3]);

  const idsOf = (sounds: string): number[] => {
    const of = (symbol: string) => facts.phoneme_id_map[symbol] ?? [];
    const [pad = 0] = of("_");
    return [...of("^"), pad, ...[...sounds].flatMap((symbol) => of(symbol).flatMap((id) => [id, pad])), ...of("$")];
  };

  return {
    async run(job, signal) {
      const text = job.text("text").trim();
      if (text === "") throw unfit("text", "Text should not be empty", "string_too_short");
      if (text.length > maxTextCharacters) {
        throw new Refusal(400, `text has ${text.length} characters; this model takes at most ${maxTextCharacters}`);
      }
      const parts: Float32Array[] = [];
      for (const clauses of sentencesOf(text)) {
        if (signal.aborted) throw new Refusal(499, "the client has gone");
        let sounds = "";
        for (const { words, mark } of clauses) {
          const spoken = await phonemes(words);
          if (spoken !== "") sounds += `${sounds === "" ? "" : " "}${spoken}${mark}`;
        }
        if (sounds === "") continue;
        const ids = idsOf(sounds);
        if (ids.length > maxSentenceIds)
          throw new Refusal(400, "a sentence is too long: end it with a full stop earlier");
        const { output } = await infer(session, {
          input: longTensor(ids, [1, ids.length]),
          input_lengths: longTensor([ids.length], [1]),
          scales: scales(),
        });
        if (output === undefined) throw new TypeError("the voice gave no sound");
        if (parts.length > 0) parts.push(new Float32Array(Math.round(pauseSec * rate)));
        parts.push(output.data);
      }
      if (parts.length === 0) throw new Refusal(400, "text holds nothing that can be spoken");
      const sound = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        sound.set(part, at);
        at += part.length;
      }
      const url = `data:audio/wav;base64,${wavFile(sound, rate).toString("base64")}`;
      return { kind: "json", value: { audio: { url } } };
    },
  };
}
