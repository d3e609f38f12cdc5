import type { NetworkState } from "@livepeer-ts/sdk";
import { Amount, formatLpt, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

const cells = 50;

/** The round as a clock of blocks, with its rewards and fees. */
export function RoundPanel({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const round = network?.round ?? null;
  const done = round === null ? 0 : Number(BigInt(round.block) - BigInt(round.startBlock));
  const length = round === null ? 1 : Number(round.lengthBlocks);
  const filled = Math.min(cells, Math.floor((done / length) * cells));
  const staked = (network?.orchestrators ?? []).reduce((sum, machine) => sum + BigInt(machine.stakeWei ?? 0), 0n);
  const reward = round?.rewards.reduce((sum, item) => sum + BigInt(item.amountWei), 0n) ?? 0n;
  return (
    <section className="panel w3">
      <header>
        <div className="grow">
          <h2>{t("round.title", { number: round?.number ?? "–" })}</h2>
          <span className="xs faint">
            {round === null
              ? ""
              : round.initialized
                ? t("round.block", { block: Math.min(done, length), length })
                : t("round.notYet")}
          </span>
        </div>
      </header>
      <div className="clock" role="img" aria-label={round === null ? "" : t("round.block", { block: done, length })}>
        {Array.from({ length: cells }, (_, i) => i).map((i) => (
          <i key={i} className={i < filled ? "d" : i === filled && round !== null ? "n" : ""} />
        ))}
      </div>
      <div className="sum" style={{ paddingTop: 0 }}>
        <div>
          <span>{t("round.reward")}</span>
          <span className="num stake">{round === null ? "–" : <Amount text={formatLpt(reward)} unit="LPT" />}</span>
          <small>
            {round === null
              ? ""
              : round.rewards.length === 0
                ? t("round.rewardNone")
                : t("round.rewardBy", {
                    labels: round.rewards.map((item) => item.label ?? item.orchestrator.slice(0, 8)).join(", "),
                  })}
          </small>
        </div>
        <div>
          <span>{t("round.staked")}</span>
          <span className="num stake">{staked === 0n ? "–" : <Amount text={formatLpt(staked)} unit="LPT" />}</span>
        </div>
        <div>
          <span>{t("round.fees")}</span>
          <span className="num money">{round === null ? "–" : <Amount {...formatWei(weiOf(round.feesWei))} />}</span>
        </div>
        <div>
          <span>{t("round.next")}</span>
          <span className="num">
            {round?.secondsToNext == null ? "–" : <Amount text={String(Math.round(round.secondsToNext))} unit="s" />}
          </span>
        </div>
      </div>
    </section>
  );
}
