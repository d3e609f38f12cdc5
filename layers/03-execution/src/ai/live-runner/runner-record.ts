import { liveRunnerWire } from "./live-runner-wire.ts";
import { RunnerCallRefusal } from "./runner-refusal.ts";

const { text } = liveRunnerWire;

export type RunnerMode = "persistent" | "single-shot";

/** What a runner asks for, as it says it. */
export type RunnerPrice = { readonly price: number; readonly unit: "hour" | "720p" | "fixed" };

/** A device: what the runner says of it, or its index on this machine. */
export type RunnerGpu = Readonly<Record<string, unknown>> | number;

/** What a runner says about itself; every heartbeat says all of it. */
export type RunnerRecord = {
  readonly label: string;
  /** Clients get a URL of the proxy's own for it. */
  readonly proxy: boolean;
  readonly version: string;
  readonly metadata: string;
  /** Never shown to clients. */
  readonly runnerUrl: string;
  readonly isReady: boolean;
  readonly mode: RunnerMode;
  readonly gpu: RunnerGpu | undefined;
  readonly app: string;
  /** Sessions at once. */
  readonly capacity: number;
  readonly price: RunnerPrice | undefined;
};

const maxMetadataBytes = 1024;
const maxTextLength = 256;

/** The id of a heartbeat; undefined where it names none. Throws 400. */
export function runnerIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const id = textField(fields, "runner_id");
  if (id === "") return undefined;
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(id)) throw new RunnerCallRefusal(400, text.badId);
  return id;
}

/** Reads a record. `needsPrice`: on chain nobody works for nothing. Throws 400. */
export function readRunnerRecord(fields: Readonly<Record<string, unknown>>, needsPrice: boolean): RunnerRecord {
  const runnerUrl = textField(fields, "runner_url");
  if (!isHttpUrl(runnerUrl)) throw new RunnerCallRefusal(400, text.badUrl);
  const app = textField(fields, "app");
  if (app.trim() === "") throw new RunnerCallRefusal(400, text.appRequired);
  if (app !== app.trim()) throw new RunnerCallRefusal(400, text.appTrimmed);
  const mode = modeOf(textField(fields, "mode"));
  const status = textField(fields, "status");
  if (status !== status.trim().toLowerCase()) throw new RunnerCallRefusal(400, text.badStatus);
  const capacity = fields["capacity"] ?? 0;
  if (typeof capacity !== "number" || !Number.isSafeInteger(capacity) || capacity < 0)
    throw new RunnerCallRefusal(400, text.badCapacity);
  const metadata = textField(fields, "metadata", maxMetadataBytes * 2);
  if (new TextEncoder().encode(metadata).length > maxMetadataBytes) throw new RunnerCallRefusal(400, text.longMetadata);
  if (metadata.includes("\ufffd")) throw new RunnerCallRefusal(400, text.badMetadata);
  return {
    label: textField(fields, "label"),
    proxy: fields["proxy"] === true,
    version: textField(fields, "version"),
    metadata,
    runnerUrl,
    isReady: status === "" || status === "ready",
    mode,
    gpu: gpuOf(fields["gpu"]),
    app,
    capacity: capacity === 0 ? 1 : capacity,
    price: needsPrice ? priceOf(fields["price_info"]) : undefined,
  };
}

/** True for an absolute http or https URL with a host. */
export function isHttpUrl(written: string): boolean {
  const url = /^https?:\/\//i.test(written) && URL.canParse(written) ? new URL(written) : undefined;
  return url !== undefined && url.hostname !== "";
}

export function textField(fields: Readonly<Record<string, unknown>>, name: string, maxLength = maxTextLength): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string") throw new RunnerCallRefusal(400, `${name} must be text`);
  const isLong = value.length > (name.endsWith("_url") ? 2048 : maxLength);
  if (isLong) throw new RunnerCallRefusal(400, name === "metadata" ? text.longMetadata : `${name} is too long`);
  return value;
}

function modeOf(written: string): RunnerMode {
  if (written === "" || written === "persistent") return "persistent";
  if (written === "single-shot" || written === "single_shot") return "single-shot";
  throw new RunnerCallRefusal(400, text.badMode);
}

function gpuOf(value: unknown): RunnerGpu | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  if (typeof value !== "object" || Array.isArray(value)) throw new RunnerCallRefusal(400, text.badGpu);
  const { id, name, vram_mb } = value as Record<string, unknown>;
  return {
    ...(id === undefined ? {} : { id: String(id).slice(0, maxTextLength) }),
    ...(name === undefined ? {} : { name: String(name).slice(0, maxTextLength) }),
    ...(typeof vram_mb === "number" && Number.isFinite(vram_mb) ? { vram_mb } : {}),
  };
}

function priceOf(value: unknown): RunnerPrice {
  const { price: written, currency, unit } = (value ?? {}) as Record<string, unknown>;
  // Go's reader takes a number in quotes too
  const price = typeof written === "string" && /^\d+(\.\d+)?$/.test(written) ? Number(written) : written;
  const isUsd = typeof currency === "string" && currency.toLowerCase() === "usd";
  if (typeof price === "number" && price > 0 && Number.isFinite(price) && isUsd) {
    if (unit === "hour" || unit === "720p" || unit === "fixed") return { price, unit };
  }
  throw new RunnerCallRefusal(400, text.badPrice);
}
