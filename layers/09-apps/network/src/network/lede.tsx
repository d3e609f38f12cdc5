import type { NetworkState } from "@livepeer-ts/sdk";
import { Amount, formatClock, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** One sentence that says what the page shows, and four facts. */
export function Lede({
  network,
  behindSec,
  now,
}: {
  network: NetworkState | null;
  behindSec: number | null;
  now: number;
}) {
  const { t } = useTranslation();
  const stream = network?.stream ?? null;
  const machines = network?.orchestrators.filter((machine) => machine.active).length ?? 0;
  const behind = behindSec === null || stream?.latencyMs == null ? null : behindSec + stream.latencyMs / 1000;
  const isOn = stream?.isActive === true;
  return (
    <section className="lede">
      <div>
        <h1>
          {t("lede.before")}
          <em className="work">{machines === 0 ? t("lede.noMachine") : t("lede.machines", { count: machines })}</em>
          {t("lede.between")}
          <em className="money">{t("lede.paid")}</em>
          {t("lede.after")}
        </h1>
        <p className="dim sub">{t("lede.sub")}</p>
      </div>
      <dl className="facts">
        <Fact label={t("facts.behind")} value={behind === null ? null : behind.toFixed(1)} unit="s" />
        <Fact
          label={t("facts.lost")}
          value={stream === null ? null : String(stream.segments.lost)}
          unit={stream === null ? "" : `/ ${stream.segments.received}`}
        />
        <div>
          <dd>
            {stream?.cost.perHourWei == null ? (
              <Unknown network={network} />
            ) : (
              <Amount {...formatWei(weiOf(stream.cost.perHourWei))} />
            )}
            {stream?.cost.perHourWei == null ? null : <span className="unit">{t("facts.perHour")}</span>}
          </dd>
          <dt>{t("facts.cost")}</dt>
        </div>
        <Fact
          label={t("facts.onAir")}
          value={isOn && stream !== null ? formatClock(now - stream.startedAt) : null}
          unit=""
        />
      </dl>
    </section>
  );
}

function Unknown({ network }: { network: NetworkState | null }) {
  return network === null ? <span className="ghosted" /> : <>–</>;
}

function Fact({ label, value, unit }: { label: string; value: string | null; unit: string }) {
  return (
    <div>
      <dd>
        {value ?? "–"}
        {value === null || unit === "" ? null : <span className="unit">{unit}</span>}
      </dd>
      <dt>{label}</dt>
    </div>
  );
}
