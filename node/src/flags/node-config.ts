import type { ImageOverrides, RunnerSpec } from "@livepeer-ts/compute";
import type { PriceFlag } from "@livepeer-ts/economics";
import type { AiGatewayOptions, AppGatewayOptions, GatewayInput } from "@livepeer-ts/execution";
import type { Address, BodyBudgetOptions, Rational } from "@livepeer-ts/kernel";
import type { FfmpegTranscoderOptions, HardwareWish } from "@livepeer-ts/media/adapters";
import type { ModelPrice } from "../roles/operator-prices.ts";
import type { BindAddress } from "./bind-address.ts";

/** What a node needs to work on a chain. */
export type ChainConfig = {
  readonly network: string;
  readonly urls: readonly string[];
  readonly controller: Address;
  /** Where orchestrators write their URIs; undefined: where the Controller says. */
  readonly serviceRegistry: Address | undefined;
  /** Chain that `network` stands for; undefined: any. */
  readonly chainId: bigint | undefined;
  /** Undefined: the first account of the keystore. */
  readonly account: Address | undefined;
  readonly password: string;
  /** Folder or file; undefined: `keystore` in the data directory. */
  readonly keystorePath: string | undefined;
  /** On-chain identity; undefined: the account. */
  readonly identity: Address | undefined;
  readonly pollIntervalMs: number;
  readonly minGasPriceWei: bigint;
  /** 0 = no limit. */
  readonly maxGasPriceWei: bigint;
  /** 0 = estimate. */
  readonly gasLimit: bigint;
  readonly transactionTimeoutMs: number;
  readonly maxTransactionReplacements: number;
  /** Gas of one redemption; undefined: look at the chain. */
  readonly redeemGas: bigint | undefined;
  readonly priceFeed: Address;
  readonly duties: {
    /** Undefined: when the account is registered. */
    readonly reward: boolean | undefined;
    readonly initializeRound: boolean;
    readonly initializeRoundMaxDelayMs: number;
  };
};

/** Where events go in Kafka. */
export type KafkaConfig = {
  readonly servers: readonly string[];
  readonly topic: string;
  /** Undefined: without a password and without TLS. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
};

/** Settings of every role. */
export type CommonConfig = {
  readonly dataDir: string;
  /** As in `-v`. */
  readonly logLevel: number;
  readonly logFormat: "text" | "json";
  readonly monitor: boolean;
  readonly metrics: { readonly perStream: boolean; readonly perClient: boolean };
  /** Broker of the transcode events; undefined: none. */
  readonly amqp: { readonly url: string; readonly exchange: string; readonly timeoutMs: number } | undefined;
  /** Kafka topic of the events; undefined: none. */
  readonly kafka: KafkaConfig | undefined;
  /** Name under which others know this gateway. */
  readonly gatewayHost: string;
  readonly cliAddr: BindAddress;
  /** Of the admin port: all of it, and what changes nothing. Undefined both: every program on this machine. */
  readonly cliTokens: { readonly token: string | undefined; readonly readToken: string | undefined };
  /** What requests may make each port hold. */
  readonly bodies: BodyBudgetOptions;
  /** How long a node that is told to stop waits for open sessions and streams. */
  readonly drainTimeoutMs: number;
  /** Token also without a URL: the platform's calls to a gateway carry it. */
  readonly events: { readonly url: string | undefined; readonly token: string };
  readonly allowEgress: readonly string[];
  /** Undefined: off chain. */
  readonly chain: ChainConfig | undefined;
};

/** URLs of the object stores, checked; they hold secrets. */
export type StoreConfig = {
  /** `-objectStore`; undefined: memory. */
  readonly live: string | undefined;
  /** `-recordStore`; undefined: nothing is recorded unless the access webhook says so. */
  readonly record: string | undefined;
};

/** Highest prices that a gateway pays. */
export type MaxPrices = {
  /** Undefined: any. */
  readonly base: PriceFlag | undefined;
  readonly perCapability: readonly {
    readonly capability: number;
    readonly modelId: string;
    readonly price: PriceFlag;
  }[];
};

/** What a sender of tickets agrees to. */
export type TicketLimits = {
  readonly maxTicketEvWei: Rational;
  readonly maxTotalEvWei: Rational;
  readonly depositMultiplier: bigint;
};

export type GatewayConfig = CommonConfig & {
  readonly role: "gateway";
  readonly httpAddr: BindAddress;
  readonly rtmpAddr: BindAddress;
  /** Lists the orchestrators; wins over `orchAddr` and the chain. */
  readonly orchWebhookUrl: string | undefined;
  /** Empty: those on the chain. */
  readonly orchAddr: readonly string[];
  readonly authWebhookUrl: string | undefined;
  readonly stores: StoreConfig;
  /** Scores that orchestrators must have; undefined: any. */
  readonly scores: { readonly url: string; readonly region: string; readonly minScore: number } | undefined;
  readonly verification: {
    /** Share of the results of which pictures are decoded. */
    readonly pictureShare: number;
    /** `-verifierUrl`; without a path the verifier fetches from the object store. */
    readonly classifier: { readonly url: string; readonly path: string | undefined } | undefined;
    /** URL of the store for pairs that failed fast verification; it may hold a key. */
    readonly evidence: string | undefined;
  };
  readonly options: Omit<GatewayInput, "maxPriceOf">;
  readonly ai: Pick<AiGatewayOptions, "retryMs" | "queueMs" | "maxAttempts" | "minRunnerVersions" | "minVersion">;
  /** Streams of external capabilities. */
  readonly capabilityStreams: {
    /** Asked before one starts; undefined: everybody may. */
    readonly webhook: { readonly url: string; readonly apiKey: string } | undefined;
    /** Told which ones run; undefined: nobody. */
    readonly heartbeat:
      | { readonly url: string; readonly headers: ReadonlyMap<string, string>; readonly everyMs: number }
      | undefined;
    /** Ms without video from a worker. */
    readonly outMs: number;
  };
  readonly apps: Pick<AppGatewayOptions, "paymentIntervalMs">;
  readonly maxPrices: MaxPrices;
  readonly tickets: TicketLimits;
  /** Who pays for it; undefined: itself, on a chain. */
  readonly remoteSigner: { readonly url: string; readonly headers: ReadonlyMap<string, string> } | undefined;
};

/** A node that signs payments for gateways without a key. */
export type RemoteSignerConfig = CommonConfig & {
  readonly role: "remoteSigner";
  readonly chain: ChainConfig;
  readonly httpAddr: BindAddress;
  /** Strangers reach it and nobody is asked about them. */
  readonly isOpen: boolean;
  readonly webhook: { readonly url: string; readonly headers: ReadonlyMap<string, string> } | undefined;
  /** 0 = any. */
  readonly maxRequestWei: bigint;
  /** 0 = any. */
  readonly maxDayWei: bigint;
  /** 0 = any. */
  readonly maxIdDayWei: bigint;
  /** Where orchestrators are looked up for gateways; undefined: it lists none. */
  readonly discovery: { readonly orchWebhookUrl: string | undefined; readonly orchAddr: readonly string[] } | undefined;
  readonly maxPrices: MaxPrices;
  readonly tickets: TicketLimits;
};

/** Under which URI an orchestrator is reached. */
export type ServiceAddress =
  | { readonly kind: "given"; readonly uri: string; readonly host: string; readonly port: number }
  /** It does no work itself; its `nodes` do. */
  | { readonly kind: "none" }
  /** The registered URI, else the public address of this machine. */
  | { readonly kind: "find" };

/** What transcodes: the command line, or ffmpeg's libraries in processes of their own. */
export type TranscoderEngine =
  | { readonly kind: "ffmpeg" }
  /** `folder` undefined: `node-av` in the data directory. */
  | { readonly kind: "node-av"; readonly folder: string | undefined };

/** How a machine transcodes. */
export type LocalTranscoderConfig = {
  readonly preset: NonNullable<FfmpegTranscoderOptions["preset"]>;
  readonly engine: TranscoderEngine;
  /** Undefined: what the transcoder finds. */
  readonly hevcDecoding: boolean | undefined;
  /** Undefined: the processor. */
  readonly hardware: { readonly wish: HardwareWish; readonly isTested: boolean } | undefined;
};

/** What an orchestrator tells gateways of its machine. All undefined and not measured: nothing. */
export type ComputeConfig = {
  readonly region: string | undefined;
  /** Bits per second. */
  readonly bandwidthBps: number | undefined;
  readonly powerWatts: number | undefined;
  /** Tell what the machine is made of, and measure what the operator does not name. */
  readonly isMeasured: boolean;
};

/** How AI jobs are run on this machine. */
export type RunnersConfig = {
  readonly specs: readonly RunnerSpec[];
  /** Folder of models. */
  readonly modelsDir: string;
  readonly images: ImageOverrides;
  /** Fetch images that are missing. */
  readonly pullsImages: boolean;
  readonly isVerbose: boolean;
  /** Runners that share one GPU. */
  readonly runnersPerDevice: number;
  /** Numbers of the Nvidia GPUs that runners may use; `all`: every GPU that is found, of any maker. */
  readonly gpus: readonly number[] | "all";
  readonly kubernetes: {
    /** Of the API server; undefined: the cluster in which the node runs. */
    readonly url: string | undefined;
    readonly namespace: string | undefined;
    readonly modelsClaim: string | undefined;
    /** Such as `nvidia.com/gpu`; undefined: the processor. */
    readonly gpuResource: string | undefined;
  };
};

/** Applications of others behind an orchestrator. */
export type LiveWorkConfig = {
  /** What workers and runners register with; undefined: they cannot. */
  readonly secret: string | undefined;
  /** Undefined: no live runners. */
  readonly runners:
    | {
        /** They may register themselves. */
        readonly isDynamic: boolean;
        /** Names runners; undefined: none are named. */
        readonly configFile: string | undefined;
        /** Undefined: `/run/{proxy}` of the service URI. */
        readonly proxyUrl: string | undefined;
        /** Undefined: the service URI. */
        readonly runnerUri: string | undefined;
        readonly paymentIntervalMs: number;
      }
    | undefined;
};

export type OrchestratorConfig = CommonConfig & {
  readonly role: "orchestrator";
  readonly live: LiveWorkConfig;
  /** Undefined: the work goes to remote transcoders. */
  readonly local: LocalTranscoderConfig | undefined;
  /** What remote transcoders and AI workers must know; undefined: none come. */
  readonly secret: string | undefined;
  /** AI jobs; undefined: none are taken. */
  readonly ai:
    | {
        /** Of this machine; undefined: the work goes to remote workers. */
        readonly runners: RunnersConfig | undefined;
        readonly prices: readonly ModelPrice[];
      }
    | undefined;
  /** A runner at a WebSocket (`-aiServerless`). */
  readonly serverless:
    | {
        /** May hold a key. */
        readonly url: string;
        readonly capacity: number;
        readonly prices: readonly ModelPrice[];
        readonly paymentIntervalMs: number;
      }
    | undefined;
  readonly service: ServiceAddress;
  /** `scheme` undefined: that of the service URI. Without a host or port: those follow from the service URI. */
  readonly http: { readonly scheme: "http" | "https" | undefined; readonly address: string };
  readonly nodes: readonly string[];
  readonly stores: StoreConfig;
  /** `auto`: as many as the remote transcoders take. */
  readonly maxSessions: number | "auto";
  readonly startupAvailabilityCheck: boolean;
  /** Processes that serve the port; 1: this one does. */
  readonly cores: number;
  readonly compute: ComputeConfig;
  /** Undefined off chain. */
  readonly prices:
    | { readonly base: PriceFlag; readonly perGateway: ReadonlyMap<Address, PriceFlag>; readonly autoAdjust: boolean }
    | undefined;
  readonly tickets: { readonly ticketEvWei: bigint; readonly maxFaceValueWei: bigint };
  /** Who redeems the winners; undefined: the orchestrator itself. */
  readonly redeemer: { readonly url: string; readonly secret: string | undefined } | undefined;
  /** Asked whether a gateway may come, and at what price. */
  readonly authWebhookUrl: string | undefined;
};

/** A node that redeems the tickets of orchestrators. */
export type RedeemerConfig = CommonConfig & {
  readonly role: "redeemer";
  readonly chain: ChainConfig;
  readonly httpAddr: BindAddress;
  /** Undefined: anybody who reaches the address may call. */
  readonly secret: string | undefined;
};

/** A transcoder that works for another machine's orchestrator. */
export type TranscoderConfig = CommonConfig & {
  readonly role: "transcoder";
  readonly orchestratorUrl: string;
  readonly secret: string;
  /** Sessions at once. */
  readonly capacity: number;
  readonly local: LocalTranscoderConfig;
};

/** A worker of AI jobs for another machine's orchestrator. */
export type AiWorkerConfig = CommonConfig & {
  readonly role: "aiWorker";
  readonly orchestratorUrl: string;
  readonly secret: string;
  readonly runners: RunnersConfig;
};

/** A node that only calls reward and initializes rounds. */
export type DutiesConfig = CommonConfig & { readonly role: "duties"; readonly chain: ChainConfig };

/** What the flags ask for, checked. */
export type NodeConfig =
  | GatewayConfig
  | OrchestratorConfig
  | TranscoderConfig
  | AiWorkerConfig
  | RedeemerConfig
  | RemoteSignerConfig
  | DutiesConfig;
