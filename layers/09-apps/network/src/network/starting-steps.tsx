import type { NetworkStep } from "@livepeer-ts/sdk";
import { useTranslation } from "react-i18next";

const pips = { waiting: "pip off", running: "pip warn", done: "pip", failed: "pip bad" } as const;

/** The local network's start, step by step. */
export function StartingSteps({ steps }: { steps: readonly NetworkStep[] }) {
  const { t } = useTranslation();
  return (
    <section className="wrap" aria-label={t("starting.title")}>
      <div className="panel w12">
        <header>
          <div className="grow">
            <h2>{t("starting.title")}</h2>
          </div>
        </header>
        <ol className="steps">
          {steps.map((step) => (
            <li key={step.name}>
              <i className={pips[step.state]} />
              <span>
                {t(`starting.steps.${step.name}`, { defaultValue: step.name })}
                {step.detail === null ? "" : `: ${step.detail}`}
              </span>
              <span className="faint xs">
                {step.state === "done" && step.ms !== null
                  ? `${(step.ms / 1000).toFixed(1)} s`
                  : t(`starting.${step.state}`)}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
