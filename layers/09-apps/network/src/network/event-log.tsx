import type { NetworkEvent, NetworkState } from "@livepeer-ts/sdk";
import { formatLpt, formatMs, formatTime, formatWei, weiOf } from "@livepeer-ts/ui";
import { useTranslation } from "react-i18next";

/** What just happened, newest first, as sentences. */
export function EventLog({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const events = network?.events.slice(0, 10) ?? [];
  return (
    <section className="panel w12">
      <header>
        <div className="grow">
          <h2>{t("events.title")}</h2>
        </div>
      </header>
      {events.length === 0 ? (
        <p className="pad sm dim" style={{ paddingTop: 8 }}>
          {network === null ? <span className="ghosted" style={{ width: "40%" }} /> : t("events.empty")}
        </p>
      ) : (
        <ol className="log">
          {events.map((event) => (
            <li key={event.id}>
              <time dateTime={new Date(event.at).toISOString()}>{formatTime(event.at)}</time>
              <EventMark kind={event.kind} />
              <span>
                {t(`events.${event.kind}`, { ...event.data, amount: eventAmount(event), delay: eventDelay(event) })}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function eventAmount(event: NetworkEvent): string {
  const wei = event.data["amountWei"] ?? event.data["faceValueWei"];
  if (wei == null) return "";
  if (event.kind === "reward_called") return `${formatLpt(BigInt(wei))} LPT`;
  const amount = formatWei(weiOf(String(wei)));
  return `${amount.text} ${amount.unit}`;
}

function eventDelay(event: NetworkEvent): string {
  const ms = event.data["delayMs"];
  if (ms == null) return "";
  const { text, unit } = formatMs(Number(ms));
  return `${text} ${unit}`;
}

function EventMark({ kind }: { kind: NetworkEvent["kind"] }) {
  if (kind === "ticket_won" || kind === "ticket_redeemed") {
    return (
      <svg className="m" viewBox="0 0 9 9" aria-hidden="true">
        <path d="M4.500 0L9 4.500 4.500 9 0 4.500z" fill="var(--money-fill)" />
      </svg>
    );
  }
  if (kind === "round_initialized" || kind === "reward_called") {
    return (
      <svg className="m" viewBox="0 0 9 9" aria-hidden="true">
        <rect width="6" height="9" rx="1" fill="var(--stake-fill)" />
      </svg>
    );
  }
  if (kind === "orchestrator_stopped" || kind === "orchestrator_gone" || kind === "segment_lost") {
    return (
      <svg className="m" viewBox="0 0 9 9" aria-hidden="true">
        <rect x=".6" y=".6" width="6" height="8" rx="1" fill="none" stroke="var(--live)" strokeWidth="1.200" />
      </svg>
    );
  }
  return (
    <svg className="m" viewBox="0 0 9 9" aria-hidden="true">
      <rect width="6" height="9" rx="1" fill="var(--work-fill)" />
    </svg>
  );
}
