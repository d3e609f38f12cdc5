import type { FromBooks, ToBooks } from "@livepeer-ts/execution";
import type { LocalTranscoderConfig, StoreConfig } from "../flags/node-config.ts";
import type { MetricCall } from "./sent-metrics.ts";

/** Everything a core process needs; it reads no flags, and learns no key and no password. */
export type CoreStart = {
  readonly type: "start";
  /** 1 and up. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
  readonly port: number;
  /** Absent: clear text. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Where the node's processes have their Unix sockets. */
  readonly socketFolder: string;
  readonly serviceUri: string;
  readonly orchId: string;
  /** Undefined off chain. */
  readonly chainId: bigint | undefined;
  /** As the flags have it. */
  readonly account: string | undefined;
  /** Undefined: segments are handed on like everything else. */
  readonly local: LocalTranscoderConfig | undefined;
  readonly dataDir: string;
  readonly stores: StoreConfig;
  readonly allowEgress: readonly string[];
  readonly logLevel: number;
  readonly logFormat: "text" | "json";
};

/** What a core process has used so far. */
export type CoreUse = { readonly cpuSeconds: number; readonly memoryBytes: number };

/** To a core process. `connection` comes with a socket. */
export type ToCore =
  | CoreStart
  | FromBooks
  | { readonly type: "connection" }
  | { readonly type: "log-level"; readonly level: number }
  | { readonly type: "stop" };

/** From a core process. */
export type FromCore =
  | ToBooks
  | { readonly type: "ready" }
  | { readonly type: "closed" }
  | { readonly type: "metrics"; readonly calls: readonly MetricCall[] }
  | ({ readonly type: "use" } & CoreUse);
