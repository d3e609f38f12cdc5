import { useTranslation } from "react-i18next";

const words = ["piece", "gateway", "orchestrator", "ticket", "round"] as const;

/** The five words a visitor needs. */
export function Words() {
  const { t } = useTranslation();
  return (
    <dl className="words">
      {words.map((word) => (
        <div key={word}>
          <dt>{t(`words.${word}`)}</dt>
          <dd>{t(`words.${word}Text`)}</dd>
        </div>
      ))}
    </dl>
  );
}
