import { type BandwidthMeter, type ComputeFacts, SlotPool } from "@livepeer-ts/compute";
import { acceptAllPaymentRecipient, freePaymentSender, offChainSigner } from "@livepeer-ts/economics";
import {
  type AccessCheck,
  defaultCapabilities,
  type GatewayRole,
  localEngine,
  nodeCapabilities,
  type OrchestratorDirectory,
  type OrchestratorRole,
  openAccess,
  type PaymentSender,
  parseGatewayOptions,
  parseOrchestratorOptions,
  type ResultVerifier,
  type StreamStores,
  startGateway,
  startOrchestrator,
  startTranscoder,
  staticDirectory,
  type TranscoderRole,
} from "@livepeer-ts/execution";
import { memoryOnly } from "@livepeer-ts/execution/testing";
import { concatBytes, keccak256, LpError, type Metrics, noMetrics, silentLogger, utf8 } from "@livepeer-ts/kernel";
import { ObjectStoreMemory, RecordingEventSink, type SimHost, SimNet, Simulation } from "@livepeer-ts/kernel/testing";
import { presetProfile, type TranscodeRequest, type TranscoderBackend, type VideoProfile } from "@livepeer-ts/media";

export const worldProfiles = ["P240p30fps16x9", "P360p30fps16x9"].map((name) => presetProfile(name) as VideoProfile);

/** Results are not judged. */
const unjudged: ResultVerifier = { verify: async () => [] };

const transcoderSecret = "shared";

export type WorldOptions = {
  /** Speed of the orchestrators. Default 40000. */
  readonly pixelsPerMs?: number;
  /** Segments an orchestrator works on at once. Default 2. */
  readonly slots?: number;
  /** Time that a segment takes, ms. Default: by its pixels. */
  readonly costMs?: (machine: string) => number;
  /** True lets a machine take a segment and never answer. */
  readonly isFrozen?: (machine: string, seqNo: number) => boolean;
  /** True lets an orchestrator hear nothing: what comes to it hangs. */
  readonly isDeaf?: (machine: string) => boolean;
  /** Options of the gateway beyond profiles and a draw for each segment. */
  readonly gateway?: Partial<Parameters<typeof parseGatewayOptions>[0]>;
  /** How the gateway pays. Default: not at all. */
  readonly payments?: PaymentSender;
  /** Who may publish. Default: everybody. */
  readonly access?: AccessCheck;
  /** Where the gateway stores streams beside memory. Default: nowhere. */
  readonly stores?: StreamStores;
  /** Remote transcoders of each orchestrator, which then has none of its own. Default 0. */
  readonly transcodersEach?: number;
  /** Where the machine of this name counts. Default: nowhere. */
  readonly metricsOf?: (machine: string) => Metrics;
  /** Told when a machine begins to transcode. */
  readonly onTranscode?: (machine: string, seqNo: number, request: TranscodeRequest) => void;
  /** What a rendition is made of. Default `renditionBytes`, which is no media. */
  readonly render?: (source: Uint8Array, profileName: string) => Uint8Array;
  /** Scores of the orchestrators in the directory. Default: all trusted. */
  readonly scores?: readonly number[];
  /** Who judges results. Default: nobody. */
  readonly verifier?: ResultVerifier;
  /** The perceptual hash that a machine gives its results, where one is asked for. Default: none. */
  readonly hashOf?: (machine: string, seqNo: number) => Uint8Array;
  /** What a machine returns for a rendition. Default: what `render` makes. */
  readonly bytesOf?: (machine: string, source: Uint8Array, profileName: string) => Uint8Array;
  /** What the n-th orchestrator, from 0, says of its machine. Default: nothing. */
  readonly factsOf?: (index: number) => ComputeFacts | undefined;
  /** Told how quickly segments come in. Default: nobody. */
  readonly bandwidth?: Pick<BandwidthMeter, "add">;
  /** True lets a transcoding fail. */
  readonly isBroken?: () => boolean;
};

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Takes virtual time per pixel and answers bytes made of the input's hash and the profile. */
function simulatedBackend(host: SimHost, options: WorldOptions): TranscoderBackend {
  return {
    name: "simulated",
    async transcode(request, signal) {
      options.onTranscode?.(host.name, request.segment.seqNo, request);
      if (options.isFrozen?.(host.name, request.segment.seqNo) === true) await never(signal);
      const pixels = request.profiles.reduce((sum, p) => sum + p.width * p.height * 60, 0);
      await host.clock.sleep(options.costMs?.(host.name) ?? pixels / (options.pixelsPerMs ?? 40_000), signal);
      if (options.isBroken?.() === true) throw new LpError({ code: "broken", message: "No space left on device" });
      return {
        decodedFrameCount: 60,
        decodedPixelCount: 0,
        renditions: request.profiles.map((profile) => ({
          profile,
          ...(request.calcPerceptualHash === true && options.hashOf !== undefined
            ? { perceptualHash: options.hashOf(host.name, request.segment.seqNo) }
            : {}),
          bytes:
            options.bytesOf?.(host.name, request.segment.bytes, profile.name) ??
            (options.render ?? renditionBytes)(request.segment.bytes, profile.name),
          frameCount: 60,
          pixelCount: profile.width * profile.height * 60,
        })),
      };
    },
    endSession: async () => {},
    close: async () => {},
  };
}

/** What the simulated transcoder makes of a source. */
export function renditionBytes(source: Uint8Array, profileName: string): Uint8Array {
  return concatBytes(utf8(`${profileName}:`), keccak256(source), keccak256(source, utf8(profileName)));
}

/** The bytes of the n-th source segment. */
export function sourceBytes(seqNo: number): Uint8Array {
  return utf8(`segment ${seqNo} of the simulated stream`);
}

export type OffChainWorld = {
  readonly sim: Simulation;
  readonly gateway: GatewayRole;
  readonly memory: ObjectStoreMemory;
  readonly events: RecordingEventSink;
  readonly orchestrators: readonly SimHost[];
  readonly transcoders: readonly SimHost[];
  /** The roles on those machines, in the same order. */
  readonly orchestratorRoles: readonly OrchestratorRole[];
  readonly transcoderRoles: readonly TranscoderRole[];
  readonly kill: (host: SimHost) => void;
  /** Starts an orchestrator that was killed once more; it remembers nothing. */
  readonly restart: (index: number) => void;
};

/** Pixels of a two-second segment's renditions. */
export const segmentPixels = worldProfiles.reduce((sum, { width, height }) => sum + width * height * 60, 0);

/** A gateway and orchestrators off chain, on virtual time and a simulated network. */
export function offChainWorld(seed: number, orchestratorCount: number, options: WorldOptions = {}): OffChainWorld {
  const sim = new Simulation(seed);
  const net = new SimNet(sim);
  const orchestratorRoles: OrchestratorRole[] = [];
  const transcoderRoles: TranscoderRole[] = [];
  const start = (i: number) => {
    const host = sim.host(`o${i + 1}`);
    const origin = `https://o${i + 1}.test:8935`;
    const isRemote = (options.transcodersEach ?? 0) > 0;
    const remote = isRemote ? ({ transcoderSecret, maxSessions: "auto" } as const) : {};
    const role = startOrchestrator(parseOrchestratorOptions({ serviceUri: origin, ...remote }), {
      ...host,
      net: net.port(host),
      logger: silentLogger,
      metrics: options.metricsOf?.(host.name) ?? noMetrics,
      signer: offChainSigner,
      recipient: acceptAllPaymentRecipient,
      receipts: undefined,
      backend: isRemote ? undefined : simulatedBackend(host, options),
      slots: new SlotPool({ slots: options.slots ?? 2 }),
      facts: () => options.factsOf?.(i),
      ...(options.bandwidth === undefined ? {} : { bandwidth: options.bandwidth }),
    });
    orchestratorRoles[i] = role;
    net.mount(origin, host, (request) =>
      options.isDeaf?.(host.name) === true ? never(request.signal) : role.handler(request),
    );
    return host;
  };
  const orchestrators = Array.from({ length: orchestratorCount }, (_, i) => start(i));
  const transcoders = orchestrators.flatMap((orchestrator) =>
    Array.from({ length: options.transcodersEach ?? 0 }, (_, i) => {
      const host = sim.host(`${orchestrator.name}t${i + 1}`);
      const role = startTranscoder(
        { orchestratorUrl: `https://${orchestrator.name}.test:8935`, secret: transcoderSecret, capacity: 2 },
        {
          ...host,
          net: net.port(host),
          logger: silentLogger,
          capabilities: nodeCapabilities({ capabilities: defaultCapabilities }),
          engine: localEngine({
            backend: simulatedBackend(host, options),
            slots: new SlotPool({ slots: 2 }),
            version: "0.9.1",
          }),
        },
      );
      transcoderRoles.push(role);
      return host;
    }),
  );
  const host = sim.host("g1");
  const memory = new ObjectStoreMemory();
  const events = new RecordingEventSink();
  const gateway = startGateway(
    parseGatewayOptions({ profiles: worldProfiles, pool: { redrawSegments: 1 }, ...options.gateway }),
    {
      ...host,
      net: net.port(host),
      logger: silentLogger,
      metrics: options.metricsOf?.(host.name) ?? noMetrics,
      signer: offChainSigner,
      payments: options.payments ?? freePaymentSender,
      directory: scoredDirectory(orchestratorCount, options.scores),
      verifier: options.verifier ?? unjudged,
      receipts: undefined,
      access: options.access ?? openAccess,
      memory,
      stores: options.stores ?? memoryOnly,
      events,
    },
  );
  return {
    sim,
    gateway,
    memory,
    events,
    orchestrators,
    transcoders,
    orchestratorRoles,
    transcoderRoles,
    kill(victim) {
      sim.crash(victim);
      net.reset(victim);
    },
    restart(index) {
      orchestrators[index] = start(index);
    },
  };
}

function scoredDirectory(count: number, scores: readonly number[] | undefined): OrchestratorDirectory {
  const named = staticDirectory(Array.from({ length: count }, (_, i) => `https://o${i + 1}.test:8935`));
  return {
    async list(signal) {
      const entries = await named.list(signal);
      return entries.map((entry, i) => ({ ...entry, score: scores?.[i] ?? entry.score }));
    },
  };
}
