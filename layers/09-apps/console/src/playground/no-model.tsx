import type { AiPipeline } from "@livepeer-ts/sdk";
import { CopyButton } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** Fetches the reference runner's models. */
export const modelsCommand = "npm run models";

/** Nobody offers a model: how to get one onto this machine. */
export function NoModel({ pipeline }: { pipeline: AiPipeline }) {
  const { t } = useTranslation();
  return (
    <section className="panel full no-model" role="status">
      <div className="grow">
        <h2>{t("noModel.title", { pipeline: t(`pipelines.${pipeline.name}.name`) })}</h2>
        <p className="sm dim">{t("noModel.text")}</p>
      </div>
      <div className="command">
        <code>{modelsCommand}</code>
        <CopyButton text={modelsCommand} label={modelsCommand} />
      </div>
    </section>
  );
}
