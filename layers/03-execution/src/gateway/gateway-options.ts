import type { Rational } from "@livepeer-ts/kernel";
import type { VideoProfile } from "@livepeer-ts/media";
import { type DiscoveryOptions, defaultDiscoveryOptions } from "../discovery/discover.ts";
import { defaultHedgeBudgetOptions, type HedgeBudgetOptions } from "../segments/hedge-budget.ts";
import type { Capabilities } from "../wire/net_pb.gen.ts";
import { defaultLiveStreamOptions, type LiveStreamOptions } from "./live-stream.ts";
import { checkSelectionWeights, defaultSelectionWeights } from "./selection.ts";
import { defaultSessionPoolOptions, type SessionPoolOptions } from "./session-pool.ts";

export type GatewayOptions = {
  /** Renditions of streams whose access grant names none (`-transcodingOptions`). */
  readonly profiles: readonly VideoProfile[];
  /** Live streams at once (`-maxSessions`). Default 10. */
  readonly maxStreams: number;
  /** A pushed stream without segments for this long is over, ms. Default 60000. */
  readonly pushIdleMs: number;
  /** An ended stream stays playable this long, ms. Default 30000. */
  readonly lingerMs: number;
  /** Ms after which the access check is asked again about a running stream; 0 = never (`-authRecheck`). Default 60000. */
  readonly accessRecheckMs: number;
  /** Bytes of results that may be on their way from all orchestrators at once (`-downloadMemory`). Default 1073741824. */
  readonly downloadBytes: number;
  /** `/stream/current.m3u8` (`-currentManifest`). Default false. */
  readonly currentManifest: boolean;
  /** HTTP push at `/live/` (`-httpIngest`). Default true. */
  readonly httpIngest: boolean;
  /** Check signatures and pixel counts of results (`-localVerify`). */
  readonly localVerify: boolean;
  /** Highest price per pixel of a job (`-maxPricePerUnit`, `-maxPricePerCapability`); undefined = any. Default: any. */
  readonly maxPriceOf: (capabilities: Capabilities) => Rational | undefined;
  readonly discovery: DiscoveryOptions;
  readonly pool: Omit<SessionPoolOptions, "maxPrice">;
  readonly stream: LiveStreamOptions;
  readonly hedges: HedgeBudgetOptions;
};

export type GatewayInput = Partial<Omit<GatewayOptions, "discovery" | "pool" | "stream" | "hedges">> &
  Pick<GatewayOptions, "profiles"> & {
    discovery?: Partial<DiscoveryOptions>;
    pool?: Partial<Omit<SessionPoolOptions, "maxPrice">>;
    stream?: Partial<LiveStreamOptions>;
    hedges?: Partial<HedgeBudgetOptions>;
  };

/** Fills in defaults. Throws `bad_option` for weights that do not sum to 1. */
export function parseGatewayOptions(input: GatewayInput): GatewayOptions {
  const weights = checkSelectionWeights(input.pool?.weights ?? defaultSelectionWeights);
  return {
    maxStreams: 10,
    pushIdleMs: 60_000,
    lingerMs: 30_000,
    accessRecheckMs: 60_000,
    downloadBytes: 1024 ** 3,
    currentManifest: false,
    httpIngest: true,
    localVerify: true,
    maxPriceOf: () => undefined,
    ...input,
    discovery: { ...defaultDiscoveryOptions, ...input.discovery },
    pool: { ...defaultSessionPoolOptions, ...input.pool, weights },
    stream: { ...defaultLiveStreamOptions, ...input.stream },
    hedges: { ...defaultHedgeBudgetOptions, ...input.hedges },
  };
}
