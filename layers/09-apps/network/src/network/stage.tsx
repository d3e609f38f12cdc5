import type { NetworkOrchestrator, NetworkState } from "@livepeer-ts/sdk";
import { formatMbps, formatMs, Glyph } from "@livepeer-ts/ui";
import { useRef, useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { LivePlayer } from "../player/use-live-player.ts";
import { FlowLine } from "./flow-line.tsx";
import { MoneyRail } from "./money-rail.tsx";
import { StagePlayer } from "./stage-player.tsx";
import { StopMachine } from "./stop-machine.tsx";
import { useFrames } from "./use-frames.ts";

/** The stream's way from left to right, and the money's way back. */
export function Stage({ network, player }: { network: NetworkState | null; player: LivePlayer }) {
  const { t } = useTranslation();
  const stream = network?.stream ?? null;
  const machines = (network?.orchestrators ?? []).slice(0, 3);
  const pieces = network?.pieces ?? [];
  const source = useRef<HTMLCanvasElement>(null);
  const frames = useRef<Map<string, HTMLCanvasElement>>(new Map());
  useFrames(player.video, () => [source.current, ...frames.current.values()]);
  const newest = pieces.at(-1)?.seqNo ?? 0;
  const delivered = pieces.filter((piece) => piece.state === "delivered");
  const given = Object.fromEntries(
    machines.map((machine) => [
      machine.address,
      pieces.findLast((piece) => piece.attempts.some((attempt) => attempt.orchestrator === machine.address))?.seqNo ??
        0,
    ]),
  );
  const made = Object.fromEntries(
    machines.map((machine) => [
      machine.address,
      delivered.findLast((piece) => piece.orchestrator === machine.address)?.seqNo ?? 0,
    ]),
  );
  const rates = (stream?.renditions ?? []).map((rendition) => rendition.measuredBps ?? rendition.bitrateBps);
  return (
    <section className="stage" aria-label={t("stage.label")}>
      <div className="rails">
        <div className="col">
          <Title n={1} text={t("stage.in")} />
          <div className="body">
            <div className="cam">
              <canvas ref={source} width="256" height="144" aria-label={t("stage.source")} role="img" />
            </div>
          </div>
          <SourceNote network={network} />
        </div>
        <FlowLine narrow paths={[{ key: "in", d: "M4 50H96" }]} pulses={{ in: newest }} />
        <div className="col">
          <Title n={2} text={t("stage.gatewayTitle")} />
          <div className="body">
            <div className={stream?.isActive ? "box on" : "box"}>
              <strong>{t("stage.gateway")}</strong>
              <Fact
                name={t("stage.piece")}
                value={network?.gateway?.lastSeqNo == null ? "–" : `#${network.gateway.lastSeqNo}`}
              />
              <Fact
                name={t("stage.length")}
                value={network?.gateway?.segmentMs == null ? "–" : `${(network.gateway.segmentMs / 1000).toFixed(1)} s`}
              />
              <Fact
                name={t("stage.waiting")}
                value={network?.gateway == null ? "–" : String(network.gateway.inFlight)}
              />
            </div>
          </div>
          <p className="note">
            <Trans i18nKey="stage.picks" components={{ b: <b /> }} />
          </p>
        </div>
        <FlowLine
          paths={machines.map((machine, i) => ({
            key: machine.address,
            d: `M4 50C48 50 40 ${rowY(i, machines.length)} 96 ${rowY(i, machines.length)}`,
          }))}
          pulses={given}
        />
        <div className="col">
          <Title n={3} text={t("stage.machinesTitle")} />
          <div className="body">
            {machines.length === 0 ? <div className="box faint sm">{t("machines.empty")}</div> : null}
            {machines.map((machine) => (
              <Machine key={machine.address} machine={machine} canStop={network?.devnet === true} />
            ))}
          </div>
          <p className="note">
            <Trans i18nKey="stage.staked" components={{ b: <b /> }} />
          </p>
        </div>
        <FlowLine
          paths={machines.map((machine, i) => ({
            key: machine.address,
            d: `M4 ${rowY(i, machines.length)}C60 ${rowY(i, machines.length)} 52 50 96 50`,
          }))}
          pulses={made}
        />
        <div className="col sizes">
          <Title n={4} text={t("stage.sizes", { count: (stream?.renditions.length ?? 0) + 1 })} />
          <div className="body">
            <Sizes network={network} register={frames.current} />
          </div>
          {rates.length === 0 ? null : (
            <p className="note">
              <Trans
                i18nKey="stage.rates"
                values={{
                  from: formatMbps(Math.min(...rates)),
                  to: formatMbps(Math.max(...rates, stream?.ingestBps ?? 0)),
                }}
                components={{ b: <b /> }}
              />
            </p>
          )}
        </div>
        <FlowLine narrow paths={[{ key: "out", d: "M4 50H96" }]} pulses={{ out: delivered.at(-1)?.seqNo ?? 0 }} />
        <div className="col player">
          <Title n={5} text={t("stage.watch")} />
          <StagePlayer player={player} stream={stream} />
        </div>
      </div>
      <MoneyRail network={network} />
    </section>
  );
}

function rowY(index: number, count: number): number {
  return count <= 1 ? 50 : 25 + (50 * index) / (count - 1);
}

function Title({ n, text }: { n: number; text: string }) {
  return (
    <h2>
      <b>{n}</b>
      <span>{text}</span>
    </h2>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="kv">
      <span>{name}</span>
      <span>{value}</span>
    </div>
  );
}

function SourceNote({ network }: { network: NetworkState | null }) {
  const { t } = useTranslation();
  const stream = network?.stream ?? null;
  if (network === null) return <p className="note">&nbsp;</p>;
  if (stream === null || !stream.isActive) {
    return (
      <p className="note">
        {t("stage.noStream")}{" "}
        {network.phase === "ready"
          ? t("stage.noStreamText", { machines: network.orchestrators.length, url: network.rtmpUrl ?? "–" })
          : ""}
      </p>
    );
  }
  return (
    <p className="note">
      <b>{stream.protocol.toUpperCase()}</b>
      {stream.width === null ? "" : ` · ${stream.width} × ${stream.height}`}
      <br />
      {stream.fps === null ? "" : `${Math.round(stream.fps)} fps`}
      {stream.ingestBps === null ? "" : ` · ${formatMbps(stream.ingestBps)} Mb/s`}
    </p>
  );
}

function Machine({ machine, canStop }: { machine: NetworkOrchestrator; canStop: boolean }) {
  const { t } = useTranslation();
  const [asks, setAsks] = useState(false);
  const isGone = machine.state === "gone";
  const latency = machine.lastLatencyMs === null ? null : formatMs(machine.lastLatencyMs);
  return (
    <div className={isGone ? "box gone" : "box on"} data-machine={machine.label}>
      <strong>
        <Glyph id={machine.address} />
        <span>{t("stage.machine", { label: machine.label })}</span>
        <i
          className={
            isGone ? "pip bad" : machine.state === "slow" ? "pip warn" : machine.state === "unknown" ? "pip off" : "pip"
          }
        />
      </strong>
      <Fact
        name={t("stage.madeIn")}
        value={isGone ? t("stage.noAnswer") : latency === null ? "–" : `${latency.text} ${latency.unit}`}
      />
      <Fact name={t("stage.pieces")} value={String(machine.piecesDelivered)} />
      {canStop && !isGone ? (
        <button type="button" className="btn s" onClick={() => setAsks(true)}>
          {t("stage.stop", { label: machine.label })}
        </button>
      ) : null}
      {asks ? <StopMachine machine={machine} onClose={() => setAsks(false)} /> : null}
    </div>
  );
}

function Sizes({ network, register }: { network: NetworkState | null; register: Map<string, HTMLCanvasElement> }) {
  const stream = network?.stream ?? null;
  const all = [
    ...(stream?.width == null || stream.height === null
      ? []
      : [{ name: "source", width: stream.width, height: stream.height }]),
    ...(stream?.renditions ?? []),
  ].sort((a, b) => b.width - a.width);
  const largest = all[0]?.width ?? 1;
  return (
    <div className="nest" role="img" aria-label={all.map((size) => `${size.height}p`).join(", ")}>
      {all.map((size) => (
        <i
          key={size.name}
          style={{ width: `${(100 * size.width) / largest}%`, height: `${(100 * size.width) / largest}%` }}
        >
          <canvas
            width="320"
            height="180"
            ref={(element) => {
              if (element === null) register.delete(size.name);
              else register.set(size.name, element);
            }}
          />
          <span>{size.height}p</span>
        </i>
      ))}
    </div>
  );
}
