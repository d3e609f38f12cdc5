import { fromBinary } from "@bufbuild/protobuf";
import { createKeySigner, TicketPaymentSender, TicketSender } from "@livepeer-ts/economics";
import {
  createSegData,
  defaultCapabilities,
  encodeSegmentHeader,
  nodeCapabilities,
  OrchestratorClient,
  type OrchestratorInfo,
  PaymentResultSchema,
  type PaymentSession,
  segmentWire,
} from "@livepeer-ts/execution";
import { fromHex, type Hex, LpError, maxUint256, rational, readBody, zeroHash } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import type { Devnet } from "@livepeer-ts/protocol/deploy";

const clock = systemClock();
const capabilities = nodeCapabilities({ capabilities: defaultCapabilities });

/** A gateway without video: it asks for offers and pays them at `/payment`. */
export class PayingGateway {
  /** Tickets that left, answered for or not. */
  sent = 0;
  /** Tickets of payments that were answered with 200. */
  acknowledged = 0;
  /** What the orchestrator answered instead of 200. */
  readonly refusals: string[] = [];
  readonly #net = new NodeNet();
  readonly #signer;
  readonly #client: OrchestratorClient;
  readonly #payments: TicketPaymentSender;
  readonly #url: string;
  readonly #never = new AbortController().signal;
  #lastSeenL1Block = 0n;
  #open: { info: OrchestratorInfo; session: PaymentSession } | undefined;

  constructor(url: string, key: Hex, devnet: Devnet) {
    this.#url = url;
    this.#signer = createKeySigner(fromHex(key));
    this.#client = new OrchestratorClient({ net: this.#net, clock, signer: this.#signer });
    const current = () => ({
      lastInitializedRound: devnet.round,
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
    this.#payments = new TicketPaymentSender(
      new TicketSender({}, { signer: this.#signer, rounds: { current }, funds }),
    );
  }

  /** Pays for `pixels` pixels once; false when the orchestrator gave no answer or refused. */
  async pay(pixels: bigint, lastSeenL1Block: bigint): Promise<boolean> {
    this.#lastSeenL1Block = lastSeenL1Block;
    try {
      this.#open ??= await this.#offer();
      this.#open.session.check();
    } catch (error) {
      this.#open = undefined;
      if (error instanceof LpError && error.code === "ticket_params_expired") return this.pay(pixels, lastSeenL1Block);
      return false;
    }
    const { info, session } = this.#open;
    const payment = await session.pay(rational(pixels));
    this.sent += payment.tickets.length;
    const segData = createSegData(
      {
        manifestId: "paid",
        seqNo: 0n,
        hash: new Uint8Array(32),
        durationMs: 2000,
        profiles: [],
        capabilities,
        authToken: info.authToken,
      },
      this.#signer,
    );
    let status: number;
    let body: Uint8Array;
    try {
      const answer = await this.#net.request({
        method: "POST",
        url: `${this.#url}${segmentWire.paymentPath}`,
        header: new Headers({
          [segmentWire.segmentHeader]: encodeSegmentHeader(segData),
          [segmentWire.paymentHeader]: payment.header,
        }),
        signal: this.#never,
      });
      status = answer.status;
      body = await readBody(answer.body, 1024 * 1024);
    } catch {
      payment.spent();
      this.#open = undefined;
      return false;
    }
    if (status !== 200) {
      payment.spent();
      this.refusals.push(new TextDecoder().decode(body).trim());
      this.#open = undefined;
      return false;
    }
    payment.settle(pixels);
    this.acknowledged += payment.tickets.length;
    const fresh = fromBinary(PaymentResultSchema, body).info;
    if (fresh !== undefined) {
      // the token of the session stays
      const next = info.authToken === undefined ? fresh : { ...fresh, authToken: info.authToken };
      session.update(next);
      this.#open = { info: next, session };
    }
    return true;
  }

  async #offer() {
    const info = await this.#client.getInfo(this.#url, undefined, {
      ignoreCapacityCheck: true,
      timeoutMs: 5000,
      signal: this.#never,
    });
    this.#payments.checkOffer(info);
    return { info, session: this.#payments.session(info) };
  }

  stop(): Promise<void> {
    return this.#net.stop();
  }
}
