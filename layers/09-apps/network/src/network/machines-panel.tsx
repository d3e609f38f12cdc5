import type { NetworkState } from "@livepeer-ts/sdk";
import { formatLpt, formatPrice, formatShare, Glyph, shortAddress } from "@livepeer-ts/ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";

/** Who works here: stake, price, speed, and what decided the share. */
export function MachinesPanel({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const machines = network?.orchestrators ?? [];
  const delivered = machines.reduce((sum, machine) => sum + machine.piecesDelivered, 0);
  const weights = network?.pieces.findLast((piece) => piece.weights !== null)?.weights ?? null;
  const incident = machines
    .map((machine) => machine.lastIncident)
    .filter((item) => item !== null)
    .sort((a, b) => b.at - a.at)[0];
  const leader = [...machines].sort((a, b) => (b.stakeShare ?? 0) - (a.stakeShare ?? 0))[0];
  return (
    <section className="panel w5">
      <header>
        <div className="grow">
          <h2>{t("machines.title")}</h2>
          {network === null ? null : (
            <span className="xs faint">
              {t("machines.active", {
                active: machines.filter((machine) => machine.active).length,
                all: machines.length,
              })}
            </span>
          )}
        </div>
      </header>
      {network === null ? (
        <p className="pad">
          <span className="ghosted" style={{ width: "80%" }} />
        </p>
      ) : machines.length === 0 ? (
        <p className="pad sm dim">{t("machines.empty")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>{t("machines.orchestrator")}</th>
              <th className="num">{t("machines.stake")}</th>
              <th className="num">{t("machines.price")}</th>
              <th className="num hide-s">{t("machines.p50")}</th>
              <th className="num">{t("machines.share")}</th>
            </tr>
          </thead>
          <tbody>
            {machines.map((machine) => (
              <tr key={machine.address}>
                <td>
                  <div className="row">
                    <Glyph id={machine.address} />
                    <b style={{ fontWeight: 600 }}>{machine.label}</b>
                    <CopyAddress address={machine.address} />
                  </div>
                </td>
                <td className="num">
                  {machine.stakeWei === null ? "–" : formatLpt(BigInt(machine.stakeWei))}
                  {machine.stakeWei === null ? null : <span className="unit">LPT</span>}
                </td>
                <td className="num">
                  {machine.pricePerPixel === null ? "–" : formatPrice(machine.pricePerPixel)}
                  {machine.pricePerPixel === null ? null : <span className="unit">wei/px</span>}
                </td>
                <td className="num hide-s">
                  {machine.p50LatencyMs === null ? "–" : Math.round(machine.p50LatencyMs)}
                  {machine.p50LatencyMs === null ? null : <span className="unit">ms</span>}
                </td>
                <td className="num">{delivered === 0 ? "–" : formatShare(machine.piecesDelivered / delivered)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="pad">
        {machines.length > 1 ? (
          <div className="mix">
            {machines.map((machine) => (
              <div key={machine.address}>
                <span>
                  {t("machines.stake")} {machine.label}
                </span>
                <i style={{ "--share": `${Math.round((machine.stakeShare ?? 0) * 100)}%` } as React.CSSProperties} />
                <span>{machine.stakeShare === null ? "–" : formatShare(machine.stakeShare)}</span>
              </div>
            ))}
            {weights === null ? null : (
              <p>{t("machines.weights", { stake: weights.stake, price: weights.price, random: weights.random })}</p>
            )}
          </div>
        ) : null}
        {leader?.stakeShare != null && machines.length > 1 ? (
          <p className="sm dim" style={{ padding: "2px 0 12px" }}>
            {t("machines.mostStake", { label: leader.label, share: formatShare(leader.stakeShare) })}
          </p>
        ) : null}
        {incident === undefined ? null : (
          <div className="reason past">
            <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 8.500l3.500 3.500L13 4.500" />
            </svg>
            <p>{incident.sentence}</p>
          </div>
        )}
      </div>
    </section>
  );
}

function CopyAddress({ address }: { address: string }) {
  const { t } = useTranslation();
  const [isCopied, setIsCopied] = useState(false);
  return (
    <button
      type="button"
      className="copy"
      aria-label={t("machines.copy", { address })}
      onClick={() => {
        void navigator.clipboard.writeText(address).then(() => {
          setIsCopied(true);
          setTimeout(() => setIsCopied(false), 1500);
        });
      }}
    >
      {isCopied ? t("machines.copied") : shortAddress(address)}
    </button>
  );
}
