import type { Engine } from "../jobs/engine.ts";
import { readPicture } from "../media/picture.ts";
import { Detector } from "./detector.ts";
import { Reader } from "./reader.ts";
import { sentence } from "./sentence.ts";

/** Says what things are in a picture and what is written in it. A prompt about text gets the text alone. */
export async function describeEngine(folder: string): Promise<Engine> {
  const detector = await Detector.open(folder);
  const reader = await Reader.open(folder);
  return {
    async run(job, signal) {
      const picture = await readPicture(job.file("image"));
      const written = await reader.read(picture, signal);
      if (/\b(text|read|ocr|written|words)\b/i.test(job.text("prompt")))
        return { kind: "json", value: { text: written } };
      const seen = await detector.find(picture);
      // single characters are mostly rings, wheels and handles
      const words = written.split("\n").filter((line) => line.length > 1);
      return { kind: "json", value: { text: sentence(seen, words) } };
    },
  };
}
