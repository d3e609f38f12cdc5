import type { AiPipeline } from "@livepeer-ts/sdk";
import { useEffect, useState } from "react";

/** What a model made of a pipeline's example, as it came. `scripts/example-results.ts` makes them. */
export type ExampleResult = { readonly modelId: string; readonly value: Readonly<Record<string, unknown>> };

type Place = { readonly answer: string; readonly media?: string };

const places: Readonly<Record<string, Place>> = {
  "text-to-image": {
    answer: new URL("../samples/results/text-to-image.json", import.meta.url).href,
    media: new URL("../samples/results/text-to-image.jpg", import.meta.url).href,
  },
  "image-to-image": {
    answer: new URL("../samples/results/image-to-image.json", import.meta.url).href,
    media: new URL("../samples/results/image-to-image.jpg", import.meta.url).href,
  },
  "image-to-video": {
    answer: new URL("../samples/results/image-to-video.json", import.meta.url).href,
    media: new URL("../samples/results/image-to-video.mp4", import.meta.url).href,
  },
  upscale: {
    answer: new URL("../samples/results/upscale.json", import.meta.url).href,
    media: new URL("../samples/results/upscale.jpg", import.meta.url).href,
  },
  "audio-to-text": { answer: new URL("../samples/results/audio-to-text.json", import.meta.url).href },
  "segment-anything-2": { answer: new URL("../samples/results/segment-anything-2.json", import.meta.url).href },
  llm: { answer: new URL("../samples/results/llm.json", import.meta.url).href },
  "image-to-text": { answer: new URL("../samples/results/image-to-text.json", import.meta.url).href },
  "text-to-speech": {
    answer: new URL("../samples/results/text-to-speech.json", import.meta.url).href,
    media: new URL("../samples/results/text-to-speech.wav", import.meta.url).href,
  },
};

/** The result of a pipeline's example; undefined until it is read, and for a pipeline that has none. */
export function useExampleResult({ name }: AiPipeline): ExampleResult | undefined {
  const [result, setResult] = useState<ExampleResult>();
  useEffect(() => {
    let isOver = false;
    const place = places[name];
    if (place === undefined) return;
    read(place).then(
      (found) => (isOver ? undefined : setResult(found)),
      () => {}, // the form works without it
    );
    return () => {
      isOver = true;
    };
  }, [name]);
  return result;
}

/** The answer with its media where this page has them. */
async function read({ answer, media }: Place): Promise<ExampleResult> {
  const { modelId, value } = (await (await fetch(answer)).json()) as ExampleResult;
  const { images, audio } = value as { readonly images?: readonly object[]; readonly audio?: object };
  return {
    modelId,
    value: {
      ...value,
      ...(images === undefined ? {} : { images: images.map((image) => ({ ...image, url: media })) }),
      ...(audio === undefined ? {} : { audio: { ...audio, url: media } }),
    },
  };
}
