import type { BenchConfig } from "./bench-flags.ts";
import type { BenchMeasure } from "./bench-sessions.ts";

export const csvHeader = "timestamp,session,segment,seg_dur,transcode_time,frames\n";

/** Four significant digits, as go-livepeer's bench writes seconds. */
function seconds(ms: number): string {
  return String(Number((ms / 1000).toPrecision(4)));
}

/** `2006-01-02 15:04:05.9999` of local time, without zeros at its end. */
function timestamp(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const fraction = String(date.getMilliseconds()).padStart(3, "0").replace(/0+$/, "");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}${fraction === "" ? "" : `.${fraction}`}`;
}

export function csvLine({ at, session, segment, durationMs, transcodeMs, frames }: BenchMeasure): string {
  return `${[timestamp(at), session, segment, seconds(durationMs), seconds(transcodeMs), frames].join(",")}\n`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join("");
}

/** What is about to be done. */
export function settingsText(config: BenchConfig, segmentCount: number, engine: string): string {
  return table([
    ["Source File", config.playlist],
    ["Transcoding Options", config.profiles.map(({ name }) => name).join(",")],
    ["Concurrent Sessions", String(config.sessions)],
    ["Segments", `${segmentCount}${config.repeat > 1 ? ` × ${config.repeat}` : ""}`],
    ["Live Mode", String(config.isLive)],
    ["MPEG-7 Sign Mode", String(config.signs)],
    ["Transcoder", engine],
  ]);
}

/** What came out. */
export function resultText(config: BenchConfig, measures: readonly BenchMeasure[]): string {
  const inTime = measures.filter(({ transcodeMs, durationMs }) => transcodeMs <= durationMs).length;
  const source = measures.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const spent = measures.reduce((sum, { transcodeMs }) => sum + transcodeMs, 0);
  const ratio = (a: number, b: number) => String(Number((a / b).toPrecision(4)));
  return table([
    ["Concurrent Sessions", String(config.sessions)],
    ["Total Segs Transcoded", String(measures.length)],
    ["Real-Time Segs Transcoded", String(inTime)],
    ["* Real-Time Segs Ratio *", ratio(inTime, measures.length)],
    ["Total Source Duration", `${seconds(source)}s`],
    ["Total Transcoding Duration", `${seconds(spent)}s`],
    ["* Real-Time Duration Ratio *", ratio(spent, source)],
  ]);
}
