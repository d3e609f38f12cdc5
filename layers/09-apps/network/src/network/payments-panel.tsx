import type { NetworkState } from "@livepeer-ts/sdk";
import { Amount, formatEth, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** From tickets sent to money received, checked against the contract. */
export function PaymentsPanel({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const payments = network?.payments ?? null;
  const waiting = payments === null ? 0 : Math.max(0, payments.won - payments.redeemed);
  const paid = payments?.paidWei ?? null;
  const credited = payments?.creditedWei ?? null;
  return (
    <section className="panel w4">
      <header>
        <div className="grow">
          <h2>{t("payments.title")}</h2>
        </div>
      </header>
      <div className="funnel">
        {(["sent", "accepted", "won", "cashed"] as const).map((name) => (
          <div key={name}>
            <b>{payments === null ? "–" : payments[name === "cashed" ? "redeemed" : name]}</b>
            <span>{t(`payments.${name}`)}</span>
          </div>
        ))}
      </div>
      <div className="sum">
        <div>
          <span>{t("payments.worth")}</span>
          <span className="num money">
            {payments === null ? "–" : <Amount text={formatEth(weiOf(payments.expectedWei))} unit="ETH" />}
          </span>
          {waiting > 0 ? <small>{t("payments.waits", { count: waiting })}</small> : null}
        </div>
        <div>
          <span>{t("payments.paid")}</span>
          <span className="num money">
            {paid === null ? "–" : <Amount text={formatEth(BigInt(paid))} unit="ETH" />}
          </span>
        </div>
        <div>
          <span>{t("payments.received")}</span>
          <span className="num money">
            {credited === null ? "–" : <Amount text={formatEth(BigInt(credited))} unit="ETH" />}
          </span>
          {paid === null || credited === null ? null : paid === credited ? (
            <small className="okc">{t("payments.equal", { block: payments?.checkedAtBlock ?? "–" })}</small>
          ) : (
            <small className="badc">
              {t("payments.unequal", {
                diff: (BigInt(paid) - BigInt(credited)).toString(),
                block: payments?.checkedAtBlock ?? "–",
              })}
            </small>
          )}
        </div>
        <Held name={t("payments.deposit")} wei={network?.gateway?.depositWei ?? null} />
        <Held name={t("payments.reserve")} wei={network?.gateway?.reserveWei ?? null} />
      </div>
    </section>
  );
}

function Held({ name, wei }: { name: string; wei: string | null }) {
  return (
    <div>
      <span>{name}</span>
      <span className="num">{wei === null ? "–" : <Amount {...formatWei(BigInt(wei))} />}</span>
    </div>
  );
}
