import { useEffect, useState } from "react";

/** A sound's length, and its loudest moments in equal parts of it, 0 to 1. */
export type Waveform = { readonly bars: readonly number[]; readonly seconds: number };

const barCount = 120;

/** The shape of a sound; undefined until it is read, and for what the browser cannot decode. */
export function useWaveform(url: string): Waveform | undefined {
  const [wave, setWave] = useState<Waveform>();
  useEffect(() => {
    let isOver = false;
    setWave(undefined);
    readWaveform(url).then(
      (found) => (isOver ? undefined : setWave(found)),
      () => {}, // the player below says what is wrong with it
    );
    return () => {
      isOver = true;
    };
  }, [url]);
  return wave;
}

async function readWaveform(url: string): Promise<Waveform> {
  const bytes = await (await fetch(url)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 44_100).decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  const step = Math.max(1, Math.floor(samples.length / barCount));
  const peaks = Array.from({ length: barCount }, (_, index) => {
    let peak = 0;
    for (let i = index * step; i < Math.min(samples.length, (index + 1) * step); i++) {
      peak = Math.max(peak, Math.abs(samples[i] as number));
    }
    return peak;
  });
  const loudest = Math.max(...peaks, 0.001);
  return { bars: peaks.map((peak) => peak / loudest), seconds: sound.duration };
}
