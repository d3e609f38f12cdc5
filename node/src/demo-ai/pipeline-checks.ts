import type { AiCall, AiGatewayClient } from "./ai-gateway-client.ts";
import { disc, factsOf, pictureOfColours, pictureOfDisc, pictureOfText, pixelsOf } from "./made-media.ts";
import { wordErrorRate } from "./word-errors.ts";

/** What was looked at in a pipeline's output, and whether it was right. */
export type CheckOutcome = { readonly call: AiCall; readonly check: string; readonly isRight: boolean };

export type PipelineCheck = {
  readonly pipeline: string;
  readonly model: string;
  /** It is the repository's own tiny model. */
  readonly isTiny: boolean;
  readonly run: (client: AiGatewayClient) => Promise<CheckOutcome>;
};

const sentence = "The quick brown fox jumps over the lazy dog, and the river runs slowly to the sea.";
const printed = "Hello Livepeer 2026";
const side = 64;
const enlargement = 4;
const tiny = "tiny/emoji-flow-48";

type Images = { readonly images: readonly { readonly url: string }[] };
type Colour = readonly [red: number, green: number, blue: number];

const imageUrl = ({ body }: AiCall) => (body as Images).images[0]?.url ?? "";

/** Mean colour of the middle of a picture. */
async function middleOf(picture: Uint8Array): Promise<Colour> {
  const small = await pixelsOf(picture, 5, 5);
  const at = (2 * 5 + 2) * 3;
  return [small[at] ?? 0, small[at + 1] ?? 0, small[at + 2] ?? 0];
}

const isRed = ([red, green, blue]: Colour) => red > green + 60 && red > blue + 60;
const isBlue = ([red, green, blue]: Colour) => blue > red + 40 && blue > green + 10;

async function drawn(client: AiGatewayClient, prompt: string) {
  const call = await client.json("text-to-image", { model_id: tiny, prompt, width: 256, height: 256, seed: 1 });
  return { call, picture: await client.media(imageUrl(call)) };
}

/** Every pipeline of the reference runner, each with real input and a look at whether the output is right. */
export const pipelineChecks: readonly PipelineCheck[] = [
  {
    pipeline: "llm",
    model: "SmolLM2-135M-Instruct",
    isTiny: false,
    async run(client) {
      const messages = [{ role: "user", content: "What is the capital of France?" }];
      const fields = { model: "SmolLM2-135M-Instruct", messages, max_tokens: 24, temperature: 0 };
      const call = await client.json("llm", { ...fields, stream: false });
      const { choices } = call.body as { choices: { message: { content: string } }[] };
      const whole = choices[0]?.message.content ?? "";
      const pieces = await client.words(fields);
      const isRight = whole.includes("Paris") && pieces.length > 1 && pieces.join("") === whole;
      return { call, check: `says "${whole.trim()}", the same in ${pieces.length} pieces`, isRight };
    },
  },
  {
    pipeline: "text-to-speech",
    model: "piper/en_US-joe-medium",
    isTiny: false,
    async run(client) {
      const call = await client.json("text-to-speech", { model_id: "piper/en_US-joe-medium", text: sentence });
      const sound = await client.media((call.body as { audio: { url: string } }).audio.url);
      const seconds = (sound.length - 44) / 2 / new DataView(sound.buffer, sound.byteOffset).getUint32(24, true);
      return { call, check: `${seconds.toFixed(1)} s of sound`, isRight: seconds > 3 && seconds < 12 };
    },
  },
  {
    pipeline: "audio-to-text",
    model: "whisper-tiny.en",
    isTiny: false,
    async run(client) {
      const speech = await client.json("text-to-speech", { model_id: "piper/en_US-joe-medium", text: sentence });
      const audio = await client.media((speech.body as { audio: { url: string } }).audio.url);
      const call = await client.form("audio-to-text", { model_id: "whisper-tiny.en", audio });
      const rate = wordErrorRate(sentence, (call.body as { text: string }).text);
      return { call, check: `word error rate ${rate.toFixed(2)} of what text-to-speech said`, isRight: rate <= 0.1 };
    },
  },
  {
    pipeline: "image-to-text",
    model: "classic/describe",
    isTiny: false,
    async run(client) {
      const image = await pictureOfText(printed);
      const call = await client.form("image-to-text", { model_id: "classic/describe", image, prompt: "read the text" });
      const { text } = call.body as { text: string };
      return { call, check: `reads "${text}" where "${printed}" stands`, isRight: wordErrorRate(printed, text) === 0 };
    },
  },
  {
    pipeline: "upscale",
    model: "esrgan-medium-x4",
    isTiny: false,
    async run(client) {
      const image = await pictureOfColours(side);
      const call = await client.form("upscale", { model_id: "esrgan-medium-x4", prompt: "", image });
      const large = await client.media(imageUrl(call));
      const { width, height } = await factsOf(large);
      const [wanted, got] = await Promise.all([pixelsOf(image, side, side), pixelsOf(large, side, side)]);
      const error = wanted.reduce((sum, value, i) => sum + Math.abs(value - (got[i] ?? 0)), 0) / wanted.length;
      const isRight = width === side * enlargement && height === side * enlargement && error < 6;
      return { call, check: `${width}×${height}, ${error.toFixed(1)} levels from the input`, isRight };
    },
  },
  {
    pipeline: "segment-anything-2",
    model: "classic/grabcut",
    isTiny: false,
    async run(client) {
      const { x, y, radius } = disc;
      const box = JSON.stringify([x - radius - 8, y - radius - 8, x + radius + 8, y + radius + 8]);
      const image = await pictureOfDisc();
      const call = await client.form("segment-anything-2", {
        model_id: "classic/grabcut",
        image,
        box,
        multimask_output: "false",
      });
      const overlap = overlapWithDisc(JSON.parse((call.body as { masks: string }).masks));
      return { call, check: `overlap ${overlap.toFixed(2)} with the drawn disc`, isRight: overlap >= 0.9 };
    },
  },
  {
    pipeline: "text-to-image",
    model: tiny,
    isTiny: true,
    async run(client) {
      const red = await drawn(client, "red heart");
      const blue = await drawn(client, "blue heart");
      const colours = [await middleOf(red.picture), await middleOf(blue.picture)] as const;
      const isRight = isRed(colours[0]) && isBlue(colours[1]);
      return { call: red.call, check: `"red heart" is rgb(${colours[0]}), "blue heart" rgb(${colours[1]})`, isRight };
    },
  },
  {
    pipeline: "image-to-image",
    model: tiny,
    isTiny: true,
    async run(client) {
      const { picture: image } = await drawn(client, "red heart");
      const call = await client.form("image-to-image", {
        model_id: tiny,
        prompt: "blue heart",
        image,
        strength: "0.95",
        seed: "1",
      });
      const colour = await middleOf(await client.media(imageUrl(call)));
      return { call, check: `a red heart became rgb(${colour})`, isRight: isBlue(colour) };
    },
  },
  {
    pipeline: "image-to-video",
    model: tiny,
    isTiny: true,
    async run(client) {
      const { picture: image } = await drawn(client, "red heart");
      const call = await client.form("image-to-video", {
        model_id: tiny,
        image,
        width: "256",
        height: "256",
        fps: "7",
        seed: "1",
      });
      const film = await client.media(imageUrl(call));
      const { width, height, frames } = await factsOf(film);
      return {
        call,
        check: `${frames} frames of ${width}×${height}`,
        isRight: frames >= 14 && width === 256 && height === 256,
      };
    },
  },
];

/** Share of the pixels that both cover, of those that either covers. */
function overlapWithDisc(masks: unknown): number {
  const rows = firstPlane(masks);
  const scale = rows.length / disc.side;
  let both = 0;
  let either = 0;
  for (const [y, row] of rows.entries()) {
    for (const [x, value] of row.entries()) {
      const isIn = Math.hypot(x / scale - disc.x, y / scale - disc.y) <= disc.radius;
      const isMarked = Number(value) > 0;
      if (isIn && isMarked) both++;
      if (isIn || isMarked) either++;
    }
  }
  return either === 0 ? 0 : both / either;
}

/** Masks come as planes of rows, in lists around them. */
function firstPlane(masks: unknown): readonly (readonly unknown[])[] {
  let plane = masks as readonly (readonly unknown[])[];
  while (Array.isArray(plane[0]?.[0])) plane = plane[0] as readonly (readonly unknown[])[];
  return plane;
}
