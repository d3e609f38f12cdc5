import { type RefObject, useEffect, useRef } from "react";

const everyMs = 1000;

/** Copies the picture on screen into small canvases once a second. */
export function useFrames(
  video: RefObject<HTMLVideoElement | null>,
  targets: () => readonly (HTMLCanvasElement | null)[],
): void {
  const latest = useRef(targets);
  latest.current = targets;
  useEffect(() => {
    const draw = () => {
      const element = video.current;
      if (element === null || element.readyState < 2 || element.videoWidth === 0) return;
      for (const canvas of latest.current()) {
        canvas?.getContext("2d")?.drawImage(element, 0, 0, canvas.width, canvas.height);
      }
    };
    const timer = setInterval(draw, everyMs);
    return () => clearInterval(timer);
  }, [video]);
}
