import type { NetworkStream } from "@livepeer-ts/sdk";
import { formatMbps } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import type { LivePlayer } from "../player/use-live-player.ts";

/** The player at the end of the stage, with one button per quality. */
export function StagePlayer({ player, stream }: { player: LivePlayer; stream: NetworkStream | null }) {
  const { t } = useTranslation();
  const { state } = player;
  const qualities = [...state.qualities].sort((a, b) => b.height - a.height);
  const shown = state.qualities.find((quality) => quality.index === state.shown);
  const behind =
    state.behindSec === null || stream?.latencyMs == null ? null : state.behindSec + stream.latencyMs / 1000;
  return (
    <>
      <div className="body" style={{ justifyContent: "flex-start" }}>
        <div className="play">
          <video ref={player.video} muted playsInline aria-label={t("player.video")} />
          {stream?.isActive ? <span className="tag live">{t("player.live")}</span> : null}
          <div className="hud">
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
                {state.isMuted ? (
                  <path d="M11.500 6l3 4M14.500 6l-3 4" />
                ) : (
                  <path d="M11.500 5.500a3.500 3.500 0 0 1 0 5" />
                )}
              </svg>
            </button>
            {behind === null ? null : <span>{t("player.behind", { sec: behind.toFixed(1) })}</span>}
            <span className="grow" />
            {shown === undefined ? null : (
              <span>
                {shown.name} · {formatMbps(shown.bitrateBps)} Mb/s
              </span>
            )}
          </div>
        </div>
      </div>
      <fieldset className="quality" aria-label={t("player.quality")}>
        <button type="button" aria-pressed={state.picked === -1} onClick={() => player.pick(-1)}>
          {t("player.auto")}
        </button>
        {qualities.map((quality) => (
          <button
            key={quality.index}
            type="button"
            aria-pressed={state.picked === quality.index}
            onClick={() => player.pick(quality.index)}
          >
            {quality.name}
          </button>
        ))}
      </fieldset>
      {stream === null ? null : (
        <p className="note">
          <a href={`/watch/${stream.playbackId}`}>{t("player.open")}</a>
        </p>
      )}
    </>
  );
}
