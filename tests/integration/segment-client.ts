import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createKeySigner, offChainSigner, TicketPaymentSender, TicketSender } from "@livepeer-ts/economics";
import {
  createSegData,
  defaultCapabilities,
  encodeBase64,
  encodeSegmentHeader,
  type NodeSigner,
  nodeCapabilities,
  OrchestratorClient,
  type OrchestratorInfo,
  PaymentSchema,
  type PaymentSession,
  segmentWire,
  type TranscodedSegmentData,
  TranscodeResultSchema,
} from "@livepeer-ts/execution";
import { addressToBytes, fromHex, type Hex, keccak256, maxUint256, readBody, zeroHash } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import type { VideoProfile } from "@livepeer-ts/media";
import { syntheticSegment } from "@livepeer-ts/media/testing";

const capabilities = nodeCapabilities({ capabilities: defaultCapabilities });
const limitMs = 60_000;
export const media = syntheticSegment({ durationMs: 2000, width: 640, height: 360 });

/** What came back for a segment. */
export type SegmentAnswer =
  | { readonly status: 200; readonly results: readonly TranscodedSegmentData[] }
  | { readonly status: number; readonly text: string };

/** A session at an orchestrator, with the offer it began with. */
export type OpenSession = { readonly info: OrchestratorInfo; readonly payment: PaymentSession | undefined };

export type SegmentClientOptions = {
  readonly url: string;
  /** Absent: off chain. */
  readonly payer?: { readonly key: Hex; readonly round: bigint; readonly lastSeenL1Block: () => Promise<bigint> };
};

/** A gateway made of single steps, with one connection of its own. */
export class SegmentClient {
  readonly #net = new NodeNet({ connectionsPerPeer: 1 });
  readonly #options: SegmentClientOptions;
  readonly #signer: NodeSigner;
  #lastSeenL1Block = 0n;
  #seqNo = 0n;

  constructor(options: SegmentClientOptions) {
    this.#options = options;
    this.#signer = options.payer === undefined ? offChainSigner : createKeySigner(fromHex(options.payer.key));
  }

  /** A session of its own with an offer for it. */
  async open(): Promise<OpenSession> {
    const { url, payer } = this.#options;
    this.#lastSeenL1Block = (await payer?.lastSeenL1Block()) ?? 0n;
    const overHttp2 = {
      request: (request: Parameters<NodeNet["request"]>[0]) => this.#net.request({ ...request, protocol: "h2" }),
    };
    const client = new OrchestratorClient({ net: overHttp2, clock: systemClock(), signer: this.#signer });
    const info = await client.getInfo(url, undefined, {
      ignoreCapacityCheck: true,
      timeoutMs: limitMs,
      signal: AbortSignal.timeout(limitMs),
    });
    return { info, payment: payer === undefined ? undefined : this.#payments(payer.round).session(info) };
  }

  /** A payment without tickets: what is left of earlier ones pays. */
  withoutTickets({ info }: OpenSession): string {
    const sender = this.#signer.address === undefined ? new Uint8Array(0) : addressToBytes(this.#signer.address);
    const { priceInfo } = info;
    return encodeBase64(
      toBinary(
        PaymentSchema,
        create(PaymentSchema, { sender, ...(priceInfo === undefined ? {} : { expectedPrice: priceInfo }) }),
      ),
    );
  }

  /** Sends a segment. `onHead` is called when the orchestrator has taken it. */
  async send(
    session: OpenSession,
    profiles: readonly VideoProfile[],
    payment = this.withoutTickets(session),
    onHead: () => void = () => {},
  ): Promise<SegmentAnswer> {
    const segData = createSegData(
      {
        manifestId: "cores",
        seqNo: this.#seqNo++,
        hash: keccak256(media.bytes),
        durationMs: media.durationMs,
        profiles,
        capabilities,
        authToken: session.info.authToken,
      },
      this.#signer,
    );
    const answer = await this.#net.request({
      method: "POST",
      url: `${this.#options.url}${segmentWire.segmentPath}`,
      header: new Headers({
        [segmentWire.segmentHeader]: encodeSegmentHeader(segData),
        [segmentWire.paymentHeader]: payment,
        "content-type": segmentWire.mediaType,
      }),
      body: media.bytes,
      signal: AbortSignal.timeout(limitMs),
      protocol: "h2",
    });
    if (answer.status === 200) onHead();
    const bytes = await readBody(answer.body, 1024 ** 2);
    if (answer.status !== 200) return { status: answer.status, text: new TextDecoder().decode(bytes).trim() };
    const { result } = fromBinary(TranscodeResultSchema, bytes);
    if (result.case === "data") return { status: 200, results: result.value.segments };
    return { status: 200.5, text: result.value ?? "no result" };
  }

  /** Fetches a result over this client's connection. */
  async download(url: string): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
    const answer = await this.#net.request({
      method: "GET",
      url,
      header: new Headers(),
      signal: AbortSignal.timeout(limitMs),
      protocol: "h2",
    });
    return { status: answer.status, bytes: await readBody(answer.body, 64 * 1024 ** 2) };
  }

  stop(): Promise<void> {
    return this.#net.stop();
  }

  #payments(round: bigint): TicketPaymentSender {
    const current = () => ({
      lastInitializedRound: round,
      l1BlockHash: zeroHash,
      previousL1BlockHash: zeroHash,
      startL1Block: 0n,
      roundLength: 60n,
      poolSize: 1n,
      lastSeenL1Block: this.#lastSeenL1Block,
    });
    const funds = () => ({
      depositWei: maxUint256,
      withdrawRound: 0n,
      reserveWei: maxUint256,
      reserveClaimedWei: 0n,
      claimedByMeWei: 0n,
    });
    const signer = this.#signer as ReturnType<typeof createKeySigner>;
    return new TicketPaymentSender(new TicketSender({}, { signer, rounds: { current }, funds }));
  }
}
