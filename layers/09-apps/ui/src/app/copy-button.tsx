import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const saidMs = 2000;

/** Puts a text on the clipboard and says so for two seconds. `label` tells screen readers what is copied. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      className="btn s"
      aria-label={`${t("copy.copy")}: ${label}`}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setIsCopied(true))}
    >
      <span aria-live="polite">{isCopied ? t("copy.copied") : t("copy.copy")}</span>
    </button>
  );
}
