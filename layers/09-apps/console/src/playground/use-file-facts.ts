import { useEffect, useState } from "react";
import type { FileFacts } from "./estimated-price.ts";
import type { FormValues } from "./form-values.ts";

const nothing: FileFacts = { pixels: undefined, seconds: undefined };

/** Measures the chosen picture or sound in the browser, for the price. Files that the browser cannot read stay unmeasured. */
export function useFileFacts(files: FormValues["files"]): FileFacts {
  const [facts, setFacts] = useState(nothing);
  const { image, audio } = files;
  useEffect(() => {
    let isOver = false;
    const measure = async (): Promise<FileFacts> => {
      const size = image === undefined ? undefined : await createImageBitmap(image);
      const seconds = audio === undefined ? undefined : await durationOf(audio);
      return {
        pixels: size === undefined ? undefined : BigInt(size.width * size.height),
        seconds: seconds === undefined || !Number.isFinite(seconds) ? undefined : BigInt(Math.ceil(seconds)),
      };
    };
    measure().then(
      (found) => (isOver ? undefined : setFacts(found)),
      () => (isOver ? undefined : setFacts(nothing)),
    );
    return () => {
      isOver = true;
    };
  }, [image, audio]);
  return facts;
}

function durationOf(file: File): Promise<number> {
  const url = URL.createObjectURL(file);
  return new Promise<number>((resolve, reject) => {
    const sound = new Audio();
    sound.onloadedmetadata = () => resolve(sound.duration);
    sound.onerror = () => reject(new Error("the browser cannot read this sound"));
    sound.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}
