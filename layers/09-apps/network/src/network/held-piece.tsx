import type { NetworkPiece } from "@livepeer-ts/sdk";
import { formatMs, formatPrice, formatShare, formatTime, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** One piece, held still: its way, who could have made it and why not, what it cost, what was checked. */
export function HeldPiece({ piece, onGoOn }: { piece: NetworkPiece; onGoOn: () => void }) {
  const { t } = useTranslation();
  const total = piece.totalMs === null ? null : formatMs(piece.totalMs);
  const fee = piece.feeWei === null ? null : formatWei(weiOf(piece.feeWei));
  return (
    <section className="panel held" aria-live="polite">
      <header>
        <div className="grow">
          <h2>{t("held.title", { seq: piece.seqNo })}</h2>
          <span className="xs faint">{t("held.hint")}</span>
        </div>
        <button type="button" className="btn s" onClick={onGoOn}>
          {t("held.goOn")}
        </button>
      </header>
      <div className="cols">
        <div>
          <h3>{t("held.who")}</h3>
          <table>
            <thead>
              <tr>
                <th>{t("held.machine")}</th>
                <th className="num">{t("machines.price")}</th>
                <th className="num">{t("held.chance")}</th>
                <th>{t("held.why")}</th>
              </tr>
            </thead>
            <tbody>
              {piece.candidates.map((candidate, i) => (
                <tr key={candidate.orchestrator ?? i}>
                  <td>{candidate.label ?? candidate.orchestrator ?? "–"}</td>
                  <td className="num">
                    {candidate.pricePerPixel === null ? "–" : formatPrice(candidate.pricePerPixel)}
                  </td>
                  <td className="num">{candidate.probability === null ? "–" : formatShare(candidate.probability)}</td>
                  <td>
                    {candidate.chosen ? <b className="work">{t("held.chosen")}</b> : (candidate.excludedBy ?? "–")}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div>
          <h3>{t("held.way")}</h3>
          <dl>
            <dt>{t("held.received")}</dt>
            <dd>{formatTime(piece.receivedAt)}</dd>
            <dt>{t("held.size")}</dt>
            <dd>{(piece.sourceBytes / 1000).toFixed(0)} kB</dd>
            <dt>{t("held.made")}</dt>
            <dd>{piece.state === "lost" ? t("held.lost") : (piece.label ?? "–")}</dd>
            <dt>{t("held.time")}</dt>
            <dd>{total === null ? "–" : `${total.text} ${total.unit}`}</dd>
            <dt>{t("held.tries")}</dt>
            <dd>
              {piece.attempts
                .map(
                  (attempt) =>
                    `${attempt.label ?? "?"} ${Math.round(attempt.latencyMs)} ms${attempt.ok ? "" : ` (${attempt.error ?? ""})`}`,
                )
                .join(" → ") || "–"}
            </dd>
            <dt>{t("held.fee")}</dt>
            <dd className="money">{fee === null ? "–" : `${fee.text} ${fee.unit}`}</dd>
            <dt>{t("held.tickets")}</dt>
            <dd>
              {piece.ticketsSent}
              {piece.ticketsWon > 0 ? ` · ${t("held.won", { count: piece.ticketsWon })}` : ""}
            </dd>
            <dt>{t("held.verified")}</dt>
            <dd>{piece.verified ? t("held.verifiedYes") : t("held.verifiedNo")}</dd>
            <dt>{t("held.receipt")}</dt>
            <dd>
              <code>{piece.receiptHash ?? "–"}</code>
            </dd>
            <dt>{t("held.renditions")}</dt>
            <dd>
              {piece.renditions
                .map((rendition) => `${rendition.name} ${(rendition.sizeBytes / 1000).toFixed(0)} kB`)
                .join(" · ") || "–"}
            </dd>
          </dl>
        </div>
      </div>
    </section>
  );
}
