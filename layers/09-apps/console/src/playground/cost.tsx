import { formatUsd, formatWei } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** An amount: US dollars first and wei below where there is a rate, wei alone without one. Null: nothing is charged. `per`: for how much. */
export function Cost({ wei, weiPerUsd, per }: { wei: bigint | null; weiPerUsd: string | null; per?: string }) {
  const { t } = useTranslation();
  if (wei === null) return <span>{t("cost.free")}</span>;
  const { text, unit } = formatWei(wei);
  const perUnit = per === undefined ? null : <span className="unit">/ {per}</span>;
  if (weiPerUsd === null) {
    return (
      <span className="cost" title={t("cost.noRate")}>
        {text}
        <span className="unit">{unit}</span>
        {perUnit}
      </span>
    );
  }
  return (
    <span className="cost">
      {formatUsd(wei, weiPerUsd)}
      {perUnit}
      <small>
        {text} {unit}
      </small>
    </span>
  );
}
