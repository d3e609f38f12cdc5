import { useTranslation } from "react-i18next";

/** Runs what the form has, or calls it off. */
export function RunActions({
  form,
  canRun,
  isRunning,
  isComparing,
  onCancel,
}: {
  /** Id of the form that is sent. */
  form: string;
  canRun: boolean;
  isRunning: boolean;
  isComparing: boolean;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const word = isRunning ? t("form.running") : isComparing ? t("compare.run") : t("form.run");
  return (
    <>
      <button
        type="submit"
        form={form}
        className="btn pri"
        disabled={!canRun}
        aria-disabled={isRunning}
        aria-label={word}
        aria-keyshortcuts="Meta+Enter Control+Enter"
      >
        {word}
        <kbd>⌘↵</kbd>
      </button>
      {isRunning ? (
        <button type="button" className="btn" onClick={onCancel}>
          {t("form.cancel")}
        </button>
      ) : null}
    </>
  );
}
