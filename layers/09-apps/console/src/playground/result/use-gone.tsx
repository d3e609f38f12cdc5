import { useState } from "react";
import { useTranslation } from "react-i18next";

/** For media that the server keeps for an hour: what stands there once they cannot be had, and what tells that they cannot. */
export function useGone() {
  const { t } = useTranslation();
  const [isGone, setIsGone] = useState(false);
  return {
    gone: isGone ? <p className="empty">{t("result.gone")}</p> : undefined,
    onError: () => setIsGone(true),
  };
}
