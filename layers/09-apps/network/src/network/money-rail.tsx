import type { NetworkState } from "@livepeer-ts/sdk";
import { Amount, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** Money from right to left: promised by the app, paid to machines, owned by those who staked. */
export function MoneyRail({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const payments = network?.payments ?? null;
  const stream = network?.stream ?? null;
  const sent = payments?.sent ?? 0;
  const perPiece =
    stream !== null && stream.segments.delivered > 0
      ? weiOf(stream.cost.totalWei) / BigInt(stream.segments.delivered)
      : null;
  const piece = perPiece === null ? "–" : `${formatWei(perPiece).text} ${formatWei(perPiece).unit}`;
  const odds = payments !== null && payments.won > 0 ? Math.max(1, Math.round(sent / payments.won)) : null;
  return (
    <div className="pay">
      <div className="a1">
        <div>
          <p>{t("pay.stakers")}</p>
          <div className="amt">
            {payments?.stakersWei == null ? "–" : <Amount {...formatWei(weiOf(payments.stakersWei))} />}
          </div>
        </div>
        <Arrow />
      </div>
      <div className="a2">
        <div>
          <p>{t("pay.machines")}</p>
          <div className="amt">
            {network === null || network.orchestrators.length === 0
              ? "–"
              : network.orchestrators.map((machine, i) => (
                  <span key={machine.address}>
                    {i > 0 ? " · " : ""}
                    {machine.label} <Amount {...formatWei(weiOf(machine.earnedWei))} />
                  </span>
                ))}
          </div>
        </div>
        <Arrow />
      </div>
      <div className="a3">
        <p>{t("pay.app")}</p>
        <div className="amt">{payments === null ? "–" : <Amount {...formatWei(weiOf(payments.expectedWei))} />}</div>
      </div>
      <p className="a4">
        <b style={{ color: "var(--ink)" }}>{t("pay.whyTitle")}</b> {t("pay.why", { piece, odds: odds ?? "–" })}
      </p>
    </div>
  );
}

function Arrow() {
  return (
    <span className="arrow" aria-hidden="true">
      <svg viewBox="0 0 8 12" aria-hidden="true">
        <path d="M7 1L2 6l5 5" fill="none" stroke="currentColor" strokeWidth="2" />
      </svg>
      <i />
    </span>
  );
}
