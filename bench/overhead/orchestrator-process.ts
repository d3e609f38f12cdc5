// The orchestrator of the overhead bench, put together as `node/src/roles/orchestrator.ts` does it: a TLS port, tickets with the
// durable store, receipts with the durable counter. Only the chain stands still, and the engine encodes nothing.
import { SlotPool } from "@livepeer-ts/compute";
import { createReceiptStore, createTicketStore } from "@livepeer-ts/data";
import {
  Balances,
  createReceiptIssuer,
  PendingAmounts,
  PriceBook,
  TicketPaymentRecipient,
} from "@livepeer-ts/economics";
import { parseOrchestratorOptions, startOrchestrator } from "@livepeer-ts/execution";
import { activeSecp256k1Backend, keccak256, rational, recoverPersonalMessage } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, startHttpHost } from "@livepeer-ts/kernel/adapters";
import type { TranscoderBackend } from "@livepeer-ts/media";
import { createRemuxBackend } from "@livepeer-ts/media/testing";
import { countBuffersAsMemory } from "../../node/src/media-heap.ts";
import { createProcessPorts } from "../../node/src/process-ports.ts";
import { openNodeDatabases } from "../../node/src/roles/data-folder.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { rounded } from "../bench-record.ts";
import { measuredCalls, serveCalls } from "./process-link.ts";
import { funds, gatewayKey, orchestratorKey, receiptDomain, renditionBytes, rounds } from "./work.ts";

countBuffersAsMemory();
const folder = process.argv[2] as string;
const maxSessions = Number(process.argv[3]);
const ports = createProcessPorts("bench-orchestrator", { level: 3, format: "text" });
const databases = await openNodeDatabases(folder, 31_337n, ports.clock.now());
const store = createTicketStore(databases);
const balances = new Balances({}, ports.clock);
balances.start(ports.tasks);
let ticketCount = 0;
const recipient = new TicketPaymentRecipient(
  { recipient: orchestratorKey.address, redeemGas: 350_000n },
  {
    ...ports,
    metrics: {
      ...ports.metrics,
      count(name, _labels, by = 1) {
        if (name === "livepeer_tickets_recv") ticketCount += by;
      },
    },
    events: { emit: async () => {} },
    rounds,
    senders: { cached: (sender) => (sender === gatewayKey.address ? funds : undefined), info: async () => funds },
    // a low gas price makes about one ticket in a thousand win
    gas: { gasPriceWei: 230_000n },
    active: { isActive: () => true },
    pending: new PendingAmounts(),
    store,
    prices: new PriceBook(rational(1200n)),
    balances,
  },
);
const receipts = await createReceiptIssuer(
  { domain: receiptDomain },
  { ...ports, signer: orchestratorKey, store: createReceiptStore(databases.own), round: () => 100n },
);

const engine = createRemuxBackend();
let engineCpuMs = 0;
let segmentCount = 0;
// the remux engine runs on this thread and in one go: what the thread spends meanwhile is its own
const backend: TranscoderBackend = {
  ...engine,
  name: engine.name,
  async transcode(request, signal) {
    const before = process.threadCpuUsage();
    const outcome = engine.transcode(request, signal);
    const { user, system } = process.threadCpuUsage(before);
    engineCpuMs += (user + system) / 1000;
    segmentCount++;
    return outcome;
  },
  endSession: (id) => engine.endSession(id),
  close: () => engine.close(),
};

const port = await freePort();
const serviceUri = `https://127.0.0.1:${port}`;
const role = startOrchestrator(parseOrchestratorOptions({ serviceUri, maxSessions }), {
  ...ports,
  signer: orchestratorKey,
  recipient,
  receipts,
  backend,
  slots: new SlotPool({ slots: maxSessions }),
});
const tls = await createSelfSignedCertificate("127.0.0.1");
await startHttpHost({ port, tls }, role.handler, ports.logger);

/** CPU of this thread for one `run`, ms, over so many that the clock's grain does not show. */
function cpuMsOf(times: number, run: (index: number) => void): number {
  const before = process.threadCpuUsage();
  for (let i = 0; i < times; i++) run(i);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / times;
}

const renditions = new Uint8Array(renditionBytes).fill(0x47);
// each another one: a signature that was seen before is not worked out again
const signed = Array.from({ length: 1000 }, (_, i) => {
  const digest = keccak256(Uint8Array.of(i & 255, i >> 8));
  return { digest, signature: gatewayKey.signHash(digest) };
});

/** What no implementation can leave out: hashes of the renditions, and who signed the tickets. */
const recoverCpuMs = cpuMsOf(signed.length, (i) => {
  const { digest, signature } = signed[i] as (typeof signed)[number];
  recoverPersonalMessage(digest, signature);
});
const unavoidable = () => ({
  renditionHashCpuMs: rounded(
    cpuMsOf(40, () => keccak256(renditions)),
    2,
  ),
  ticketCheckCpuMs: rounded((recoverCpuMs * ticketCount) / segmentCount, 2),
});

const measured = measuredCalls(() => ({
  ...unavoidable(),
  backend: activeSecp256k1Backend(),
  segments: segmentCount,
  ticketsPerSegment: rounded(ticketCount / segmentCount, 1),
  engineCpuMsPerSegment: rounded(engineCpuMs / segmentCount, 2),
}));
serveCalls({
  uri: () => serviceUri,
  begin() {
    [engineCpuMs, segmentCount, ticketCount] = [0, 0, 0];
    measured.begin();
  },
  async end() {
    const figures = measured.end();
    const winners = await store.pendingWinners(gatewayKey.address, {
      minCreationRound: 0n,
      maxExpirationBlock: 1n << 40n,
      limit: 10_000,
    });
    return { ...figures, own: { ...figures.own, winnersStored: winners.length } };
  },
});
