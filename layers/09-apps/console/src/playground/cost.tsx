import { formatUsd, formatWei } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** An amount: US dollars first and wei below where there is a rate, wei alone without one. Null: nothing is charged. */
export function Cost({ wei, weiPerUsd }: { wei: bigint | null; weiPerUsd: string | null }) {
  const { t } = useTranslation();
  if (wei === null) return <span>{t("cost.free")}</span>;
  const { text, unit } = formatWei(wei);
  if (weiPerUsd === null) {
    return (
      <span className="cost" title={t("cost.noRate")}>
        {text}
        <span className="unit">{unit}</span>
      </span>
    );
  }
  return (
    <span className="cost">
      {formatUsd(wei, weiPerUsd)}
      <small>
        {text} {unit}
      </small>
    </span>
  );
}
