import { SlotPool } from "@livepeer-ts/compute";
import { createKeySigner, TicketPaymentSender, TicketSender } from "@livepeer-ts/economics";
import {
  createSegData,
  defaultCapabilities,
  encodeSegmentHeader,
  nodeCapabilities,
  OrchestratorClient,
  type OrchestratorInfo,
  type PaymentSession,
  parseOrchestratorOptions,
  type SegmentClaim,
  startOrchestrator,
} from "@livepeer-ts/execution";
import {
  type Hash32,
  keccak256,
  type Logger,
  type Net,
  noMetrics,
  paddedBigEndian,
  rational,
} from "@livepeer-ts/kernel";
import {
  createSelfSignedCertificate,
  createTasks,
  NodeNet,
  startHttpHost,
  systemClock,
  systemRandom,
} from "@livepeer-ts/kernel/adapters";
import { presetProfile, type TranscoderBackend, type VideoProfile } from "@livepeer-ts/media";
import { createRemuxBackend, syntheticTs } from "@livepeer-ts/media/testing";
import { freePort } from "../../../node/src/supervisor/free-port.ts";
import { orchestratorHarness } from "../../conformance/orchestrator-harness.ts";

export const transcoderSecret = "between orchestrator and transcoder";
export const profiles = [presetProfile("P144p30fps16x9") as VideoProfile];
export const media = syntheticTs({
  width: 160,
  height: 90,
  pts: Array.from({ length: 50 }, (_, i) => 90_000 + i * 3600),
  seqNo: 0,
  durationMs: 2000,
  sizeBytes: 20_000,
  seed: 1,
});

/** The engine of tests makes as many bytes as a profile asks for, which no encoder does. */
export function modestRemux(): TranscoderBackend {
  const remux = createRemuxBackend();
  const modest = (profile: VideoProfile) => ({ ...profile, bitrateBps: Math.min(profile.bitrateBps, 1_000_000) });
  return {
    name: remux.name,
    transcode: (request, signal) => remux.transcode({ ...request, profiles: request.profiles.map(modest) }, signal),
    endSession: (sessionId) => remux.endSession(sessionId),
    close: () => remux.close(),
  };
}

export type PaidOrchestratorOptions = {
  readonly logger: Logger;
  /** Traffic to URLs that gateways send; default: none leaves. */
  readonly net?: Net;
  /** No transcoder of its own: remote ones may come. */
  readonly isRemote?: boolean;
  readonly maxSessions?: number;
};

/** A real orchestrator on a port, on-chain with the chain given as figures, and a gateway that pays it. */
export async function startPaidOrchestrator(options: PaidOrchestratorOptions) {
  const { logger } = options;
  const port = await freePort();
  const serviceUri = `https://127.0.0.1:${port}`;
  const harness = orchestratorHarness({
    serviceUri,
    maxFloatWei: 10n ** 30n,
    round: { number: 10n, hash: `0x${"0a".repeat(32)}` as Hash32 },
  });
  const tasks = createTasks("orchestrator", logger);
  const clock = systemClock();
  const backend = options.isRemote === true ? undefined : modestRemux();
  const { maxSessions = 100_000 } = options;
  const role = startOrchestrator(
    parseOrchestratorOptions({ serviceUri, maxSessions, ...(options.isRemote === true ? { transcoderSecret } : {}) }),
    {
      ...{ clock, tasks, logger, metrics: noMetrics, random: systemRandom() },
      net: options.net ?? { request: () => Promise.reject(new Error("nothing leaves this test")) },
      signer: harness.signer,
      recipient: harness.recipient,
      receipts: undefined,
      backend,
      slots: new SlotPool({ slots: 4 }),
    },
  );
  const tls = await createSelfSignedCertificate("127.0.0.1");
  const host = await startHttpHost({ port, tls }, role.handler, logger);
  const net = new NodeNet();
  const gateway = new PayingClient(net, serviceUri, harness);
  return {
    ...{ serviceUri, port, harness, net, gateway, role },
    async stop() {
      await net.stop();
      await host.stop(0);
      await role.stop();
      await tasks.stop();
      await backend?.close();
    },
  };
}

export type PaidOrchestrator = Awaited<ReturnType<typeof startPaidOrchestrator>>;

const never = new AbortController().signal;
const rich = 10n ** 30n;

/** A gateway made of single steps. */
export class PayingClient {
  readonly signer = createKeySigner(paddedBigEndian(5n, 32));
  readonly client: OrchestratorClient;
  readonly #payments: TicketPaymentSender;
  readonly #uri: string;

  constructor(net: Net, uri: string, harness: ReturnType<typeof orchestratorHarness>) {
    this.#uri = uri;
    this.client = new OrchestratorClient({ net, clock: systemClock(), signer: this.signer });
    const tickets = new TicketSender(
      { maxTicketEvWei: rational(rich), maxTotalEvWei: rational(rich) },
      {
        signer: this.signer,
        rounds: { current: () => harness.time },
        funds: () => ({
          depositWei: rich,
          withdrawRound: 0n,
          reserveWei: rich,
          reserveClaimedWei: 0n,
          claimedByMeWei: 0n,
        }),
      },
    );
    this.#payments = new TicketPaymentSender(tickets);
  }

  /** A session of its own with an offer for it. */
  async open(): Promise<{ readonly info: OrchestratorInfo; readonly session: PaymentSession }> {
    const info = await this.client.getInfo(this.#uri, undefined, {
      ignoreCapacityCheck: true,
      timeoutMs: 5000,
      signal: never,
    });
    return { info, session: this.#payments.session(info) };
  }

  claim(info: OrchestratorInfo, change: Partial<SegmentClaim> = {}): SegmentClaim {
    return {
      manifestId: "fuzzed",
      seqNo: 1n,
      hash: keccak256(media),
      durationMs: 2000,
      profiles,
      capabilities: nodeCapabilities({ capabilities: defaultCapabilities }),
      authToken: info.authToken,
      ...change,
    };
  }

  segmentHeader(info: OrchestratorInfo, change: Partial<SegmentClaim> = {}): string {
    return encodeSegmentHeader(createSegData(this.claim(info, change), this.signer));
  }
}
