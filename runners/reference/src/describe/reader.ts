import { readFileSync } from "node:fs";
import { join } from "node:path";
import { opened, type Picture, planes, resized } from "../media/picture.ts";
import { floatTensor, type InferenceSession, infer, openModel } from "../onnx/session.ts";
import { inReadingOrder, type Place, textPlaces } from "./text-places.ts";

/** Longest side of the picture in which text is looked for. */
const searchSide = 960;
const lineHeight = 48;
const leastLineWidth = 320;
/** Longest line after scaling. */
export const maxLineWidth = 3200;
const leastScore = 0.5;

type Line = Place & { readonly text: string };

/** PP-OCRv4: finds upright lines of text and reads them. */
export class Reader {
  readonly #places: InferenceSession;
  readonly #lines: InferenceSession;
  readonly #characters: readonly string[];

  private constructor(places: InferenceSession, lines: InferenceSession, characters: readonly string[]) {
    this.#places = places;
    this.#lines = lines;
    this.#characters = characters;
  }

  static async open(folder: string): Promise<Reader> {
    const characters = readFileSync(join(folder, "describe/characters.txt"), "utf8").replace(/\n$/, "").split("\n");
    return new Reader(
      await openModel(join(folder, "describe/text-places.onnx")),
      await openModel(join(folder, "describe/text-lines.onnx")),
      ["", ...characters.map((character) => character.replace(/\r$/, "")), " "],
    );
  }

  /** The text in the picture, line by line; empty when there is none. */
  async read(picture: Picture, signal: AbortSignal): Promise<string> {
    const scale = Math.min(1, searchSide / Math.max(picture.width, picture.height));
    const snapped = (side: number) => Math.max(32, Math.round((side * scale) / 32) * 32);
    const [width, height] = [snapped(picture.width), snapped(picture.height)];
    const input = planes(
      await resized(picture, width, height),
      [123.675, 116.28, 103.53],
      [58.395, 57.12, 57.375],
      true,
    );
    const outputs = await infer(this.#places, firstInput(this.#places, input, [1, 3, height, width]));
    const map = Object.values(outputs)[0]?.data ?? new Float32Array();
    const [scaleX, scaleY] = [picture.width / width, picture.height / height];
    const lines: Line[] = [];
    for (const { left, top, right, bottom } of textPlaces(map, width, height)) {
      if (signal.aborted) break;
      const place = { left: left * scaleX, top: top * scaleY, right: right * scaleX, bottom: bottom * scaleY };
      const text = await this.#readLine(picture, place);
      if (text !== "") lines.push({ ...place, text });
    }
    const rows = inReadingOrder(lines).map((line) => line.map(({ text }) => text).join(" "));
    return rows.join("\n");
  }

  async #readLine(picture: Picture, place: Place): Promise<string> {
    const left = Math.floor(place.left);
    const top = Math.floor(place.top);
    const width = Math.min(picture.width, Math.ceil(place.right)) - left;
    const height = Math.min(picture.height, Math.ceil(place.bottom)) - top;
    if (width < 1 || height < 1) return "";
    const data = await opened(picture).extract({ left, top, width, height }).raw().toBuffer();
    const scaled = Math.min(maxLineWidth, Math.max(8, Math.round((width * lineHeight) / height)));
    const line = planes(
      await resized({ width, height, data }, scaled, lineHeight),
      [127.5, 127.5, 127.5],
      [127.5, 127.5, 127.5],
      true,
    );
    const padded = Math.max(leastLineWidth, scaled);
    const input = new Float32Array(3 * lineHeight * padded);
    for (let row = 0; row < 3 * lineHeight; row++)
      input.set(line.subarray(row * scaled, (row + 1) * scaled), row * padded);
    const outputs = await infer(this.#lines, firstInput(this.#lines, input, [1, 3, lineHeight, padded]));
    const output = Object.values(outputs)[0];
    return output === undefined ? "" : this.#text(output.data, output.dims[2] ?? 0);
  }

  /** The likeliest character of each step, without repeats and without the blank between them. */
  #text(likelihoods: Float32Array, classes: number): string {
    let text = "";
    let last = 0;
    let sum = 0;
    let count = 0;
    for (let from = 0; from < likelihoods.length; from += classes) {
      let best = 0;
      for (let at = 1; at < classes; at++) {
        if ((likelihoods[from + at] as number) > (likelihoods[from + best] as number)) best = at;
      }
      if (best !== 0 && best !== last) {
        text += this.#characters[best] ?? "";
        sum += likelihoods[from + best] as number;
        count++;
      }
      last = best;
    }
    return count > 0 && sum / count >= leastScore ? text.trim() : "";
  }
}

function firstInput(session: InferenceSession, data: Float32Array, dims: readonly number[]) {
  return { [session.inputNames[0] as string]: floatTensor(data, dims) };
}
