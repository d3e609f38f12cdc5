import { formatTime } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import { Cost } from "./cost.tsx";
import type { FormValues } from "./form-values.ts";
import { Seconds } from "./seconds.tsx";
import type { PastRun } from "./use-run.ts";

/** Runs of this visit, newest first; each can be taken up again. */
export function PastRuns({
  runs,
  weiPerUsd,
  onUse,
}: {
  runs: readonly PastRun[];
  weiPerUsd: string | null;
  onUse: (values: FormValues) => void;
}) {
  const { t } = useTranslation();
  if (runs.length === 0) return null;
  return (
    <section className="panel full">
      <header>
        <h2>{t("past.title")}</h2>
        <span className="xs faint">{t("past.hint")}</span>
      </header>
      <ul className="past">
        {runs.map(({ id, at, values, result }) => (
          <li key={id}>
            <span className="num faint">{formatTime(at)}</span>
            <span className="grow trunc">{values.modelId}</span>
            {result.kind === "done" ? (
              <>
                <Seconds ms={result.ms} />
                <Cost wei={result.feeWei} weiPerUsd={weiPerUsd} />
              </>
            ) : (
              <span className="badc">{t("past.failed")}</span>
            )}
            <button type="button" className="btn s" onClick={() => onUse(values)}>
              {t("past.use")}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
