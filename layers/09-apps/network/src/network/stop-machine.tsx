import type { NetworkOrchestrator } from "@livepeer-ts/sdk";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

/** Asks once, then ends the machine's process. */
export function StopMachine({ machine, onClose }: { machine: NetworkOrchestrator; onClose: () => void }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const stop = async () => {
    const answer = await fetch(`/api/network/orchestrators/${machine.address}/stop`, { method: "POST" }).catch(
      () => null,
    );
    if (answer?.ok) onClose();
    else {
      const body = (await answer?.json().catch(() => null)) as { errors?: string[] } | null;
      setError(body?.errors?.[0] ?? t("watch.error"));
    }
  };
  return (
    <dialog ref={dialog} className="confirm" onClose={onClose} aria-labelledby="stop-title">
      <h2 id="stop-title">{t("stage.stopTitle", { label: machine.label })}</h2>
      <p>{t("stage.stopText")}</p>
      {error === null ? null : <p className="badc">{error}</p>}
      <div className="row">
        <button type="button" className="btn pri" onClick={() => void stop()}>
          {t("stage.stop", { label: machine.label })}
        </button>
        <button type="button" className="btn" onClick={onClose}>
          {t("stage.cancel")}
        </button>
      </div>
    </dialog>
  );
}
