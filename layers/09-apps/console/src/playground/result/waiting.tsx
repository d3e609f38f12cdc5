import { useNow } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";
import { useJobStage } from "../use-job-stage.ts";

/** Where a job is: sent, in the queue with its place there, at work; and for how long. `hasBegun`: its answer is coming already. */
export function Waiting({ jobId, since, hasBegun }: { jobId: string; since: number; hasBegun: boolean }) {
  const { t } = useTranslation();
  const now = useNow(250);
  const stage = useJobStage(jobId);
  const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));
  const words =
    hasBegun || (stage?.state === "running" && stage.isWarm)
      ? t("stage.running")
      : stage === undefined
        ? t("stage.sent")
        : stage.state === "starting"
          ? t("stage.starting")
          : stage.state === "waiting"
            ? t(stage.position === 1 ? "stage.next" : "stage.waiting", { count: stage.position - 1 })
            : t("stage.cold");
  return (
    <div className="waiting">
      <p>
        <span role="status">{words}</span>{" "}
        <span className="num">
          {seconds(now - since)}
          <span className="unit">s</span>
        </span>
      </p>
      {!hasBegun && stage?.state === "waiting" ? (
        <p className="hint">
          {t("stage.waited", { seconds: seconds(stage.waitedMs), most: seconds(stage.maxWaitMs) })}
        </p>
      ) : null}
    </div>
  );
}
