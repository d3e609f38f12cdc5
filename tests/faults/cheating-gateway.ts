import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createKeySigner, type KeySigner, TicketPaymentSender, TicketSender } from "@livepeer-ts/economics";
import {
  createOrchestratorRequest,
  createSegData,
  decodeBase64,
  encodeBase64,
  encodeSegmentHeader,
  grpcTransport,
  jobCapabilities,
  Orchestrator,
  type OrchestratorInfo,
  type Payment,
  PaymentSchema,
  type SegData,
  segmentWire,
} from "@livepeer-ts/execution";
import { fromHex, type Hex, keccak256, type Net, rational, utf8, weiPerEther, zeroHash } from "@livepeer-ts/kernel";
import { presetProfile, type VideoProfile } from "@livepeer-ts/media";

const media = utf8("these bytes are hashed, signed and paid for");
const profiles = [presetProfile("P240p30fps16x9") as VideoProfile];
const units = rational(8_000_000n);

/** A request for work that can be spoiled before it is sent, and sent again. */
export type Work = { readonly segment: SegData; readonly payment: Payment };

/** A gateway of a test's own that checks nothing of what it sends. */
export class CheatingGateway {
  readonly #signer: KeySigner;
  readonly #net: Net;
  readonly #payments: TicketPaymentSender;

  constructor(key: Hex, net: Net) {
    this.#signer = createKeySigner(fromHex(key));
    this.#net = net;
    // It believes in a deposit and in a time of its own, so that nothing keeps it from paying with stale tickets.
    const time = { lastInitializedRound: 1n, startL1Block: 0n, roundLength: 1n, poolSize: 1n, lastSeenL1Block: 0n };
    const funds = { depositWei: weiPerEther, reserveWei: weiPerEther, withdrawRound: 0n };
    const tickets = new TicketSender(
      {},
      {
        signer: this.#signer,
        rounds: { current: () => ({ ...time, l1BlockHash: zeroHash, previousL1BlockHash: zeroHash }) },
        funds: () => ({ ...funds, reserveClaimedWei: 0n, claimedByMeWei: 0n }),
      },
    );
    this.#payments = new TicketPaymentSender(tickets);
  }

  /** Asks for an offer; rejects with the orchestrator's refusal. */
  offer(baseUrl: string): Promise<OrchestratorInfo> {
    const client = createClient(Orchestrator, grpcTransport(this.#net, baseUrl));
    return client.getOrchestrator(createOrchestratorRequest(this.#signer, undefined, false));
  }

  /** Makes a correct request for an offer. */
  async work(info: OrchestratorInfo): Promise<Work> {
    const segment = createSegData(
      {
        manifestId: "cheat",
        seqNo: 0n,
        hash: keccak256(media),
        durationMs: 2000,
        profiles,
        capabilities: jobCapabilities({
          ...{ inputCodec: "h264", pixelFormat: undefined, profiles, verificationFreq: 0 },
          ...{ hasSegmentParameters: false, storage: undefined },
        }),
        authToken: info.authToken,
      },
      this.#signer,
    );
    const { header } = await this.#payments.session(info).pay(units);
    return { segment, payment: fromBinary(PaymentSchema, decodeBase64(header)) };
  }

  /** Sends a request; resolves with `<status> <text>`, without the text when it was taken. */
  async send(baseUrl: string, work: Work): Promise<string> {
    const answer = await this.#net.request({
      method: "POST",
      url: `${baseUrl}${segmentWire.segmentPath}`,
      header: new Headers({
        "content-type": segmentWire.mediaType,
        [segmentWire.segmentHeader]: encodeSegmentHeader(work.segment),
        [segmentWire.paymentHeader]: encodeBase64(toBinary(PaymentSchema, work.payment)),
      }),
      body: media,
      signal: AbortSignal.timeout(20_000),
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return answer.status === 200 ? "200" : `${answer.status} ${Buffer.concat(chunks).toString().trim()}`;
  }
}
