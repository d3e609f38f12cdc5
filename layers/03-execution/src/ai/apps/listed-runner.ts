import { LpError, type Rational, rationalFromNumber } from "@livepeer-ts/kernel";
import { pixelsPerSecond, type WeiUnit } from "../live-runner/runner-price.ts";
import { isHttpUrl, type RunnerMode } from "../live-runner/runner-record.ts";

/** What a runner asks for, wei for one unit. */
export type AppPrice = { readonly wei: Rational; readonly unit: WeiUnit };

/** A runner as its orchestrator lists it. */
export type ListedRunner = {
  /** Where clients begin with it. */
  readonly url: string;
  readonly app: string;
  readonly mode: RunnerMode;
  readonly version: string;
  readonly metadata: string;
  /** Places in all, and those that are free. */
  readonly capacity: number;
  readonly available: number;
  /** Undefined: it asks for nothing. */
  readonly price: AppPrice | undefined;
};

/** Runners of one orchestrator; further ones are passed over. */
const maxRunners = 1000;
const maxTextLength = 256;
const maxMetadataLength = 1024;
const maxUrlLength = 2048;
const units: ReadonlySet<string> = new Set(["seconds", "720p-pixel-seconds", "fixed"] satisfies WeiUnit[]);

/** The runners in an answer of `GET /discovery`; those that make no sense are passed over. Throws `bad_discovery`. */
export function readDiscovery(text: string): readonly ListedRunner[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new LpError({ code: "bad_discovery", message: "its list of runners is not JSON", cause });
  }
  if (!Array.isArray(parsed)) throw new LpError({ code: "bad_discovery", message: "its list of runners is no list" });
  return (parsed as ({ runners?: unknown } | null)[])
    .flatMap((entry) => (Array.isArray(entry?.runners) ? (entry.runners as unknown[]) : []))
    .slice(0, maxRunners)
    .flatMap((runner) => readRunner(runner) ?? []);
}

function readRunner(value: unknown): ListedRunner | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const { url, app, mode } = fields;
  if (typeof url !== "string" || url.length > maxUrlLength || !isHttpUrl(url)) return undefined;
  if (typeof app !== "string" || app === "" || app.length > maxTextLength) return undefined;
  if (mode !== undefined && mode !== "" && mode !== "persistent" && mode !== "single-shot") return undefined;
  const capacity = Math.max(1, whole(fields["capacity"]));
  const hasPrice = fields["price_info"] !== undefined && fields["price_info"] !== null;
  const price = readPrice(fields["price_info"]);
  // one that asks for something nobody understands cannot be paid
  if (hasPrice && price === undefined) return undefined;
  return {
    url: url.replace(/\/+$/, ""),
    app,
    mode: mode === "single-shot" ? "single-shot" : "persistent",
    version: textOf(fields["version"], maxTextLength),
    metadata: textOf(fields["metadata"], maxMetadataLength),
    capacity,
    available: Math.min(capacity, whole(fields["capacity_available"])),
    price,
  };
}

function readPrice(value: unknown): AppPrice | undefined {
  const { price, currency, unit } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof price !== "number" || !Number.isFinite(price) || price <= 0) return undefined;
  if (currency !== "wei" || typeof unit !== "string" || !units.has(unit)) return undefined;
  return { wei: rationalFromNumber(price), unit: unit as WeiUnit };
}

function whole(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function textOf(value: unknown, maxLength: number): string {
  return typeof value === "string" && value.length <= maxLength ? value : "";
}

/** Wei of a pixel, so that prices of all units have one measure: a second is one of live video, a whole call counts as a second. */
export function pixelPrice({ wei, unit }: AppPrice): Rational {
  return unit === "720p-pixel-seconds" ? wei : { num: wei.num, den: wei.den * pixelsPerSecond };
}
