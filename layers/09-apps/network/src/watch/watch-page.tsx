import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Screen } from "./screen.tsx";
import { useWatchInfo, type WatchState } from "./use-watch-info.ts";
import "./watch.css";

/** `/watch/:playbackId`: the picture, its title, a link to share. */
export function WatchPage() {
  const { t } = useTranslation();
  const { playbackId } = useParams({ strict: false });
  const state = useWatchInfo(playbackId ?? "");
  const [isCopied, setIsCopied] = useState(false);
  const info = "info" in state ? state.info : null;
  useEffect(() => {
    if (info !== null) document.title = info.title;
  }, [info]);
  return (
    <main id="main" className="watch">
      <Screen info={info} message={messageOf(state, t)} />
      <div className="below">
        <div className="grow">
          <h1>{info?.title ?? (state.kind === "missing" ? t("watch.notFound") : "\u00a0")}</h1>
          <p className="row sm dim">
            {info?.isLive ? <span className="tag live">{t("player.live")}</span> : null}
            {info?.credit == null ? null : <a href={info.credit.url}>{info.credit.text}</a>}
          </p>
        </div>
        <button
          type="button"
          className="btn"
          onClick={() => {
            void navigator.clipboard.writeText(location.href).then(() => {
              setIsCopied(true);
              setTimeout(() => setIsCopied(false), 2000);
            });
          }}
        >
          {isCopied ? t("watch.shared") : t("watch.share")}
        </button>
      </div>
    </main>
  );
}

/** `/embed/:playbackId`: the picture and nothing else. */
export function EmbedPage() {
  const { t } = useTranslation();
  const { playbackId } = useParams({ strict: false });
  const state = useWatchInfo(playbackId ?? "");
  return (
    <main id="main" className="embed">
      <Screen info={"info" in state ? state.info : null} message={messageOf(state, t)} />
    </main>
  );
}

function messageOf(state: WatchState, t: (key: string) => string): string | null {
  if (state.kind === "loading") return t("watch.loading");
  if (state.kind === "missing") return t("watch.notFound");
  if (state.kind === "error") return state.info === null ? t("watch.error") : null;
  return state.info.isLive ? null : t("watch.notStarted");
}
