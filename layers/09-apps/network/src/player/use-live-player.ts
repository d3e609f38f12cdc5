import type HlsType from "hls.js";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

export type Quality = {
  readonly index: number;
  readonly name: string;
  readonly height: number;
  readonly bitrateBps: number;
};

export type PlayerState = {
  readonly phase: "loading" | "playing" | "paused" | "waiting" | "unsupported";
  readonly qualities: readonly Quality[];
  /** Index of the picked quality; −1 = automatic. */
  readonly picked: number;
  /** Index of the quality on screen; −1 = none yet. */
  readonly shown: number;
  /** Seconds behind the newest listed second; null = unknown. */
  readonly behindSec: number | null;
  readonly droppedFrames: number;
  readonly bufferedSec: number;
  readonly isMuted: boolean;
  readonly needsTap: boolean;
};

const first: PlayerState = {
  phase: "loading",
  qualities: [],
  picked: -1,
  shown: -1,
  behindSec: null,
  droppedFrames: 0,
  bufferedSec: 0,
  isMuted: true,
  needsTap: false,
};

export type LivePlayer = {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly state: PlayerState;
  readonly pick: (index: number) => void;
  readonly togglePlay: () => void;
  readonly toggleMute: () => void;
  readonly toLive: () => void;
};

const retryMs = 2000;

/** Plays a live playlist with its ladder in a `<video>` element; starts muted when the browser asks for it. */
export function useLivePlayer(url: string | null): LivePlayer {
  const video = useRef<HTMLVideoElement | null>(null);
  const hls = useRef<HlsType | null>(null);
  const [state, setState] = useState<PlayerState>(first);
  const patch = useCallback((part: Partial<PlayerState>) => setState((before) => ({ ...before, ...part })), []);

  useEffect(() => {
    const element = video.current;
    if (url === null || element === null) return;
    let isOver = false;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    setState(first);
    void import("hls.js").then(({ default: Hls }) => {
      if (isOver) return;
      if (!Hls.isSupported()) {
        patch({ phase: "unsupported" });
        return;
      }
      const player = new Hls({
        liveSyncDurationCount: 2,
        liveMaxLatencyDurationCount: 6,
        maxLiveSyncPlaybackRate: 1.1,
        backBufferLength: 30,
      });
      hls.current = player;
      const load = () => player.loadSource(url);
      player.on(Hls.Events.MANIFEST_PARSED, () => {
        patch({
          qualities: player.levels.map((level, index) => ({
            index,
            name: `${level.height}p`,
            height: level.height,
            bitrateBps: level.bitrate,
          })),
        });
        element.play().catch(() => {
          element.muted = true;
          patch({ needsTap: true, isMuted: true });
          element.play().catch(() => patch({ phase: "paused" }));
        });
      });
      player.on(Hls.Events.LEVEL_SWITCHED, (_event, data) => patch({ shown: data.level }));
      player.on(Hls.Events.ERROR, (_event, data) => {
        if (!data.fatal) return;
        patch({ phase: "waiting" });
        if (data.type === Hls.ErrorTypes.MEDIA_ERROR) player.recoverMediaError();
        else {
          clearTimeout(retryTimer);
          retryTimer = setTimeout(load, retryMs);
        }
      });
      player.attachMedia(element);
      load();
    });
    const onPlaying = () => patch({ phase: "playing" });
    const onPause = () => patch({ phase: "paused" });
    const onWaiting = () => patch({ phase: "waiting" });
    const onVolume = () => patch({ isMuted: element.muted, ...(element.muted ? {} : { needsTap: false }) });
    element.addEventListener("playing", onPlaying);
    element.addEventListener("pause", onPause);
    element.addEventListener("waiting", onWaiting);
    element.addEventListener("volumechange", onVolume);
    const watch = setInterval(() => {
      const quality = element.getVideoPlaybackQuality();
      const ranges = element.buffered;
      patch({
        behindSec: hls.current?.latency ?? null,
        droppedFrames: quality.droppedVideoFrames,
        bufferedSec: ranges.length > 0 ? Math.max(0, ranges.end(ranges.length - 1) - element.currentTime) : 0,
      });
    }, 1000);
    return () => {
      isOver = true;
      clearInterval(watch);
      clearTimeout(retryTimer);
      element.removeEventListener("playing", onPlaying);
      element.removeEventListener("pause", onPause);
      element.removeEventListener("waiting", onWaiting);
      element.removeEventListener("volumechange", onVolume);
      hls.current?.destroy();
      hls.current = null;
    };
  }, [url, patch]);

  return {
    video,
    state,
    pick: (index) => {
      if (hls.current !== null) hls.current.currentLevel = index;
      patch({ picked: index });
    },
    togglePlay: () => {
      const element = video.current;
      if (element === null) return;
      if (element.paused) void element.play();
      else element.pause();
    },
    toggleMute: () => {
      if (video.current !== null) video.current.muted = !video.current.muted;
    },
    toLive: () => {
      const edge = hls.current?.liveSyncPosition;
      if (video.current !== null && edge != null) video.current.currentTime = edge;
    },
  };
}
