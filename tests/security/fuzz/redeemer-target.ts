import { create, toBinary } from "@bufbuild/protobuf";
import {
  createKeySigner,
  PendingAmounts,
  RedeemerService,
  recipientRandHashOf,
  type Ticket,
  ticketHash,
  ticketHashBytes,
  winnerToMessage,
} from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import { grpcRoute, MaxFloatReqSchema, routed, TicketSchema } from "@livepeer-ts/execution";
import { type Hash32, noMetrics, paddedBigEndian, readBody, toAddress } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, NodeNet, startHttpHost, systemClock } from "@livepeer-ts/kernel/adapters";
import { clientFaults, type FuzzTarget } from "./fuzz-target.ts";
import { grpcFrame } from "./grpc-frame.ts";
import { mutatedBytes, oneOf, uint } from "./mutate.ts";

const recipient = toAddress(`0x${"bb".repeat(20)}`);
const gateway = createKeySigner(paddedBigEndian(5n, 32));

function winnerMessage(senderNonce: number): Uint8Array {
  const recipientRand = 77n;
  const ticket: Ticket = {
    recipient,
    sender: gateway.address,
    faceValueWei: 1000n,
    winProb: 2n ** 256n - 1n,
    senderNonce,
    recipientRandHash: recipientRandHashOf(recipientRand),
    creationRound: 10n,
    creationRoundBlockHash: `0x${"01".repeat(32)}` as Hash32,
  };
  const signature = gateway.signHash(ticketHashBytes(ticket));
  const winner = { ...ticket, ticketHash: ticketHash(ticket), recipientRand, signature, paramsExpirationBlock: 640n };
  return toBinary(TicketSchema, winnerToMessage(winner));
}

/** A redeemer's gRPC service. */
export const redeemerTarget: FuzzTarget = {
  name: "redeemer",
  weight: 2,
  allowed: new Set([
    ...clientFaults,
    "grpc 0",
    "grpc 2",
    "grpc 3",
    "grpc 7",
    "grpc 8",
    "grpc 12",
    "grpc 13",
    "open stream",
  ]),
  async start(logger) {
    const clock = systemClock();
    const store = memoryTicketStore();
    const service = new RedeemerService(
      { recipient, secret: undefined },
      {
        ...{ clock, logger, metrics: noMetrics, store, pending: new PendingAmounts() },
        rounds: { current: () => ({ lastInitializedRound: 10n }) as never, onRound: () => () => {} },
        senders: { onChange: () => () => {} },
        floats: { maxFloatWei: async () => 5000n },
        onStored: () => {},
      },
    );
    const tls = await createSelfSignedCertificate("127.0.0.1");
    const host = await startHttpHost(
      { port: 0, tls },
      routed([grpcRoute((router) => service.register(router), clock)]),
      logger,
    );
    const net = new NodeNet();
    const call = async (method: string, body: Uint8Array) => {
      const stop = new AbortController();
      const request = net.request({
        method: "POST",
        url: `${host.url}/net.TicketRedeemer/${method}`,
        header: new Headers({ "content-type": "application/grpc", te: "trailers" }),
        protocol: "h2",
        body,
        signal: stop.signal,
      });
      // a stream of floats says nothing, not even a head, until one changes
      const isStream = method === "MonitorMaxFloat";
      const answer = await (isStream ? Promise.race([request, clock.sleep(50).then(() => undefined)]) : request);
      if (answer === undefined) {
        request.catch(() => {});
        stop.abort();
        return "open stream";
      }
      await readBody(answer.body, 1024 ** 2);
      const status = answer.trailer?.().get("grpc-status") ?? answer.header.get("grpc-status");
      return answer.status === 200 ? `grpc ${status}` : String(answer.status);
    };
    let nonce = 1_000_000;
    return {
      async shoot(random) {
        const method = oneOf(random, ["QueueTicket", "QueueTicket", "QueueTicket", "MaxFloat", "MonitorMaxFloat"]);
        const message =
          method === "QueueTicket"
            ? winnerMessage(uint(random, 50))
            : toBinary(MaxFloatReqSchema, create(MaxFloatReqSchema, { sender: random.bytes(20) }));
        const framed = grpcFrame(mutatedBytes(message, random), oneOf(random, [0, 0, 0, 0, 1, 255]));
        return call(method, random.unit() < 0.2 ? mutatedBytes(framed, random) : framed);
      },
      async stillWorks() {
        const before = (await store.pendingTotals(0n)).count;
        const answer = await call("QueueTicket", grpcFrame(winnerMessage(nonce++)));
        if (answer !== "grpc 0" || (await store.pendingTotals(0n)).count !== before + 1) throw new Error(answer);
      },
      async stop() {
        await net.stop();
        await host.stop(0);
      },
    };
  },
};
