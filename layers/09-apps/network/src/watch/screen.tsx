import type { WatchInfo } from "@livepeer-ts/sdk";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type LivePlayer, useLivePlayer } from "../player/use-live-player.ts";

const hideMs = 3000;

/** The picture with its controls, keys and messages. */
export function Screen({ info, message }: { info: WatchInfo | null; message: string | null }) {
  const { t } = useTranslation();
  const player = useLivePlayer(info?.isLive ? info.playbackUrl : null);
  const frame = useRef<HTMLDivElement>(null);
  const [isIdle, setIsIdle] = useState(false);
  const [showsFigures, setShowsFigures] = useState(false);
  const isOnline = useOnline();
  const { state } = player;

  useEffect(() => {
    let timer = setTimeout(() => setIsIdle(true), hideMs);
    const wake = () => {
      setIsIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIsIdle(true), hideMs);
    };
    const element = frame.current;
    element?.addEventListener("pointermove", wake);
    element?.addEventListener("focusin", wake);
    addEventListener("keydown", wake);
    return () => {
      clearTimeout(timer);
      element?.removeEventListener("pointermove", wake);
      element?.removeEventListener("focusin", wake);
      removeEventListener("keydown", wake);
    };
  }, []);

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // the quality list and the volume keep their own keys: arrows and space
    const isOnControl = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement;
    if (isOnControl && !/^[a-z]$/.test(event.key)) return;
    const video = player.video.current;
    if (video === null) return;
    if ((event.key === " " && !(event.target instanceof HTMLButtonElement)) || event.key === "k") player.togglePlay();
    else if (event.key === "m") player.toggleMute();
    else if (event.key === "f") toggleFullScreen(frame.current);
    else if (event.key === "i") setShowsFigures((before) => !before);
    else if (event.key === "ArrowLeft" || event.key === "j") video.currentTime -= event.key === "j" ? 10 : 5;
    else if (event.key === "ArrowRight" || event.key === "l") video.currentTime += event.key === "l" ? 10 : 5;
    else return;
    event.preventDefault();
  });
  // listened to once: a listener that is put back while a key is dispatched misses that key
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  const interruption = !isOnline
    ? t("watch.offline", { sec: Math.round(state.bufferedSec) })
    : state.phase === "unsupported"
      ? t("watch.unsupported")
      : info?.isLive && state.phase === "waiting" && state.shown >= 0
        ? t("watch.waiting")
        : null;
  const text = message ?? interruption;
  return (
    <div className="screen" ref={frame}>
      {/* biome-ignore lint/a11y/useMediaCaption: a live picture without spoken text */}
      <video ref={player.video} playsInline aria-label={t("player.video")} />
      {text === null ? null : (
        <p className="message" role="status">
          {text}
        </p>
      )}
      {state.needsTap && message === null ? (
        <button type="button" className="tap" onClick={player.toggleMute}>
          {t("watch.tap")}
        </button>
      ) : null}
      {showsFigures ? <Figures player={player} /> : null}
      {info?.isLive ? (
        <Controls
          player={player}
          isIdle={isIdle && state.phase === "playing"}
          onFullScreen={() => toggleFullScreen(frame.current)}
        />
      ) : null}
    </div>
  );
}

function Controls({ player, isIdle, onFullScreen }: { player: LivePlayer; isIdle: boolean; onFullScreen: () => void }) {
  const { t } = useTranslation();
  const { state } = player;
  const shown = state.qualities.find((quality) => quality.index === state.shown);
  const behind = state.behindSec ?? 0;
  return (
    <div className={isIdle ? "controls idle" : "controls"}>
      <button
        type="button"
        onClick={player.togglePlay}
        aria-label={state.phase === "paused" ? t("player.play") : t("player.pause")}
      >
        <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
          {state.phase === "paused" ? <path d="M5 3l8 5-8 5z" /> : <path d="M5 3v10M11 3v10" />}
        </svg>
      </button>
      <button
        type="button"
        onClick={player.toggleMute}
        aria-label={state.isMuted ? t("player.unmute") : t("player.mute")}
      >
        <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 6h3l4-3v10l-4-3H2z" />
          {state.isMuted ? <path d="M11.500 6l3 4M14.500 6l-3 4" /> : <path d="M11.500 5.500a3.500 3.500 0 0 1 0 5" />}
        </svg>
      </button>
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        defaultValue="1"
        aria-label={t("watch.volume")}
        onChange={(event) => {
          if (player.video.current !== null) player.video.current.volume = Number(event.target.value);
        }}
      />
      {behind > 15 ? (
        <button type="button" onClick={player.toLive}>
          {t("watch.behindLive", { sec: Math.round(behind) })} · {t("watch.jump")}
        </button>
      ) : (
        <span className="tag live">{t("player.live")}</span>
      )}
      <span className="grow" />
      <select
        aria-label={t("player.quality")}
        value={state.picked}
        onChange={(event) => player.pick(Number(event.target.value))}
      >
        <option value={-1}>
          {t("player.auto")}
          {state.picked === -1 && shown !== undefined ? ` (${shown.name})` : ""}
        </option>
        {[...state.qualities]
          .sort((a, b) => b.height - a.height)
          .map((quality) => (
            <option key={quality.index} value={quality.index}>
              {quality.name}
            </option>
          ))}
      </select>
      <button
        type="button"
        aria-label={t("watch.pip")}
        onClick={() => void player.video.current?.requestPictureInPicture().catch(() => {})}
      >
        <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 3h12v10H2zM8.500 8.500h4v3h-4z" />
        </svg>
      </button>
      <button type="button" aria-label={t("watch.fullScreen")} onClick={onFullScreen}>
        <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" />
        </svg>
      </button>
    </div>
  );
}

function Figures({ player }: { player: LivePlayer }) {
  const { t } = useTranslation();
  const { state } = player;
  const shown = state.qualities.find((quality) => quality.index === state.shown);
  return (
    <dl className="figures" aria-label={t("watch.numbers")}>
      <dt>{t("watch.rendition")}</dt>
      <dd>HLS · {shown?.name ?? "–"}</dd>
      <dt>{t("watch.buffer")}</dt>
      <dd>{state.bufferedSec.toFixed(1)} s</dd>
      <dt>{t("watch.dropped")}</dt>
      <dd>{state.droppedFrames}</dd>
      <dt>{t("watch.latency")}</dt>
      <dd>{state.behindSec === null ? "–" : `${state.behindSec.toFixed(1)} s`}</dd>
    </dl>
  );
}

function toggleFullScreen(element: HTMLElement | null): void {
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  else void element?.requestFullscreen().catch(() => {});
}

function useOnline(): boolean {
  const [isOnline, setIsOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setIsOnline(navigator.onLine);
    addEventListener("online", update);
    addEventListener("offline", update);
    return () => {
      removeEventListener("online", update);
      removeEventListener("offline", update);
    };
  }, []);
  return isOnline;
}
