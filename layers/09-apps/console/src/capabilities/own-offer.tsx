import { CopyButton } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import { modelsCommand } from "../playground/no-model.tsx";

const commands = [
  modelsCommand,
  `export LP_ORCHSECRET='the secret of your orchestrator'`,
  `livepeer -aiWorker -orchAddr 'host:8935' -aiModels models.json`,
].join("\n");

/** How somebody else's machine gets into this table. */
export function OwnOffer() {
  const { t } = useTranslation();
  return (
    <section className="panel full own">
      <header>
        <h2 className="grow">{t("own.title")}</h2>
        <CopyButton text={commands} label={t("own.title")} />
      </header>
      <p className="sm dim">{t("own.text")}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard */}
      <pre tabIndex={0}>{commands}</pre>
    </section>
  );
}
