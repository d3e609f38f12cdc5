import type { NetworkState } from "@livepeer-ts/sdk";
import { useTranslation } from "react-i18next";
import type { Link } from "./use-network-state.ts";

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

/** The pip in the bar: connected, and how old the figures are. */
export function LinkState({ link, at, now }: { link: Link; at: number | null; now: number }) {
  const { t } = useTranslation();
  const age = at === null ? "–" : (Math.max(0, now - at) / 1000).toFixed(1);
  return (
    <div className="link-state" role="status">
      <i className={link.state === "live" ? "pip" : "pip off"} />
      <span>{link.state === "live" ? t("link.live", { age }) : t(`link.${link.state}`)}</span>
    </div>
  );
}

/** What is wrong between this page, its server and the chain, and what happens next. */
export function LinkNotice({ link, network, now }: { link: Link; network: NetworkState | null; now: number }) {
  const { t } = useTranslation();
  if (link.state === "lost") {
    return (
      <div className="notice">
        <div className="reason bad" role="alert">
          <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 3v6M8 12.5v.5" />
          </svg>
          <div>
            <b>{t("link.lostTitle", { age: link.lastAt === null ? "–" : seconds(now - link.lastAt) })}</b>
            <p>{t("link.lostText", { in: link.retryAt === null ? 0 : seconds(link.retryAt - now) })}</p>
          </div>
          <button type="button" className="btn s" onClick={link.retry}>
            {t("link.tryNow")}
          </button>
        </div>
      </div>
    );
  }
  if (network !== null && network.phase === "ready" && !network.chain.reachable) {
    return (
      <div className="notice">
        <div className="reason" role="status">
          <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 3v6M8 12.5v.5" />
          </svg>
          <div>
            <b>{t("link.chainTitle", { age: network.chain.at === null ? "–" : seconds(now - network.chain.at) })}</b>
            <p>{t("link.chainText")}</p>
          </div>
        </div>
      </div>
    );
  }
  return null;
}
