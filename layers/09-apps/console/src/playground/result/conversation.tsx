import { CopyButton } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** A text that a model wrote, whole or as far as it has come. */
export function Conversation({
  text,
  usage,
  isCut = false,
}: {
  text: string;
  usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | undefined;
  /** It ended because it was long enough. */
  isCut?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className="said">
      <p className="text" data-result="text">
        {text}
      </p>
      <p className="row sm faint">
        {usage?.completion_tokens === undefined ? null : (
          <span>{t("result.tokens", { in: usage.prompt_tokens ?? "–", out: usage.completion_tokens })}</span>
        )}
        {isCut ? <span>{t("result.cut")}</span> : null}
        <CopyButton text={text} label={t("result.title")} />
      </p>
    </div>
  );
}
