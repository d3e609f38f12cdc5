import type { NetworkPiece, NetworkState } from "@livepeer-ts/sdk";
import { useTranslation } from "react-i18next";

const windowMs = 120_000;
const width = 1200;
const left = 92;
const right = 120;
const laneHeight = 66;
const barHeight = 46;

/** The segment strip: one bar per piece and machine, height = time; tickets and winners beneath. */
export function Lanes({
  network,
  held,
  onHold,
  now,
}: {
  network: NetworkState | null;
  held: number | null;
  onHold: (piece: NetworkPiece | undefined) => void;
  now: number;
}) {
  const { t } = useTranslation();
  const end = held === null ? now : (network?.at ?? now);
  const pieces = (network?.pieces ?? []).filter((piece) => piece.receivedAt > end - windowMs);
  const machines = (network?.orchestrators ?? []).slice(0, 6);
  const limitMs = network?.gateway?.segmentMs ?? 2000;
  const height = machines.length * laneHeight + 58;
  const x = (at: number) => left + ((at - (end - windowMs)) / windowMs) * (width - left - right);
  const lost = pieces.filter((piece) => piece.state === "lost").length;
  return (
    <section className="panel lanes">
      <header>
        <div className="grow">
          <h2>{t("lanes.title")}</h2>
          <span className="xs faint">{t("lanes.height")}</span>
        </div>
        <div className="key hide-s" aria-hidden="true">
          <span>
            <svg width="9" height="12" aria-hidden="true">
              <rect width="7" height="12" rx="1" fill="var(--work-fill)" />
            </svg>
            {t("lanes.delivered")}
          </span>
          <span>
            <svg width="9" height="12" aria-hidden="true">
              <rect
                x=".6"
                y=".6"
                width="6.600"
                height="10.800"
                rx="1"
                fill="none"
                stroke="var(--live)"
                strokeWidth="1.2"
              />
            </svg>
            {t("lanes.noAnswer")}
          </span>
          <span>
            <svg width="7" height="7" aria-hidden="true">
              <circle cx="3.500" cy="3.500" r="2" fill="var(--money-fill)" />
            </svg>
            {t("lanes.ticket")}
          </span>
          <span>
            <svg width="11" height="11" aria-hidden="true">
              <path d="M5.500 0l5.500 5.500-5.500 5.500L0 5.500z" fill="var(--money-fill)" />
            </svg>
            {t("lanes.winner")}
          </span>
        </div>
      </header>
      <div className="plot">
        <p className="vh">{t("lanes.summary", { count: pieces.length, lost })}</p>
        <svg viewBox={`0 0 ${width} ${height}`} style={{ width: "100%", height: "auto" }}>
          <title>{t("lanes.title")}</title>
          {machines.map((machine, lane) => {
            const base = 18 + lane * laneHeight + barHeight;
            const here = pieces.filter((piece) => piece.orchestrator === machine.address).length;
            return (
              <g key={machine.address}>
                <line x1={left} x2={width - right} y1={base} y2={base} stroke="var(--line2)" />
                <line
                  x1={left}
                  x2={width - right}
                  y1={base - barHeight}
                  y2={base - barHeight}
                  stroke="var(--line2)"
                  strokeDasharray="3 4"
                />
                {lane === 0 ? (
                  <text x={left} y={base - barHeight - 6}>
                    {t("lanes.limit", { sec: (limitMs / 1000).toFixed(1) })}
                  </text>
                ) : null}
                <text className="name" x={0} y={base - 22}>
                  {t("stage.machine", { label: machine.label })}
                </text>
                <text x={0} y={base - 7}>
                  {machine.address.slice(0, 8)}
                </text>
                <text x={width - right + 12} y={base - 22}>
                  {t("lanes.here", { count: here })}
                </text>
                <text x={width - right + 12} y={base - 7}>
                  {machine.p50LatencyMs === null ? "–" : t("lanes.p50", { ms: Math.round(machine.p50LatencyMs) })}
                </text>
                {pieces.flatMap((piece) =>
                  piece.attempts
                    .filter((attempt) => attempt.orchestrator === machine.address)
                    .map((attempt) => (
                      <Bar
                        key={`${piece.streamId} ${piece.seqNo} ${attempt.startedAt}`}
                        x={x(piece.receivedAt)}
                        base={base}
                        share={Math.min(1.2, attempt.latencyMs / limitMs)}
                        isFailed={!attempt.ok && !attempt.overtaken}
                        isHeld={held === piece.seqNo}
                        label={
                          attempt.ok
                            ? t("lanes.bar", {
                                seq: piece.seqNo,
                                label: machine.label,
                                ms: Math.round(attempt.latencyMs),
                              })
                            : t(attempt.overtaken ? "lanes.barOvertaken" : "lanes.barFailed", {
                                seq: piece.seqNo,
                                label: machine.label,
                              })
                        }
                        onPick={() => onHold(piece)}
                      />
                    )),
                )}
              </g>
            );
          })}
          <text className="name" x={0} y={height - 30} style={{ fill: "var(--money)" }}>
            {t("lanes.payment")}
          </text>
          {pieces.map((piece) =>
            piece.ticketsWon > 0 ? (
              <path
                key={piece.seqNo}
                d={`M${x(piece.receivedAt)} ${height - 40}l6 6-6 6-6-6z`}
                fill="var(--money-fill)"
              />
            ) : piece.ticketsSent > 0 ? (
              <circle key={piece.seqNo} cx={x(piece.receivedAt)} cy={height - 34} r="2.200" fill="var(--money-fill)" />
            ) : null,
          )}
          {[120, 90, 60, 30, 0].map((sec) => (
            <text key={sec} x={x(end - sec * 1000)} y={height - 6} textAnchor={sec === 120 ? "start" : "end"}>
              {sec === 0 ? t("lanes.now") : `−${sec} s`}
            </text>
          ))}
        </svg>
      </div>
    </section>
  );
}

function Bar(props: {
  x: number;
  base: number;
  share: number;
  isFailed: boolean;
  isHeld: boolean;
  label: string;
  onPick: () => void;
}) {
  const tall = Math.max(4, props.share * barHeight);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand inside a drawing
    <g
      className="bar"
      role="button"
      tabIndex={-1}
      aria-label={props.label}
      onClick={props.onPick}
      onKeyDown={(event) => {
        if (event.key === "Enter") props.onPick();
      }}
    >
      <title>{props.label}</title>
      <rect x={props.x - 9} y={props.base - barHeight} width="18" height={barHeight} fill="transparent" />
      {props.isFailed ? (
        <rect
          x={props.x - 6}
          y={props.base - 30}
          width="11"
          height="30"
          rx="1.500"
          fill="none"
          stroke="var(--live)"
          strokeWidth="1.500"
        />
      ) : (
        <rect
          x={props.x - 6}
          y={props.base - tall}
          width="12"
          height={tall}
          rx="1.500"
          fill={props.share > 1 ? "var(--warn-fill)" : "var(--work-fill)"}
          stroke={props.isHeld ? "var(--ink)" : "none"}
          strokeWidth="2"
        />
      )}
    </g>
  );
}
