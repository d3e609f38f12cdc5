// How many tickets per second and core the recipient accepts: from the base64 header to a credited balance, every check of the
// protocol, 100 senders, one ticket per payment, no recovery cached. Measured in five rounds, of which the middle one counts: a
// neighbour on the machine makes some of them dearer. `--tickets N`, `--record` (keeps the figures in bench/results).
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import {
  Balances,
  createKeySigner,
  PendingAmounts,
  PriceBook,
  paymentHeader,
  paymentMessage,
  TicketPaymentRecipient,
  TicketSender,
  ticketParamsFromWire,
} from "@livepeer-ts/economics";
import { memoryTicketStore } from "@livepeer-ts/economics/testing";
import { PaymentSchema } from "@livepeer-ts/execution";
import {
  type Address,
  activeSecp256k1Backend,
  type EventSink,
  hashFromBytes,
  keccak256,
  noMetrics,
  paddedBigEndian,
  rational,
  recoverAddress,
  signHash,
  silentLogger,
  weiPerEther,
} from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { copyTree } from "../tests/conformance/copied-tree.ts";
import { benchOrigin, ownCpuSeconds, percentile, publishRecord, rounded } from "./bench-record.ts";

const { values } = parseArgs({
  options: {
    tickets: { type: "string", default: "20000" },
    child: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
  },
});
const ticketCount = Number(values.tickets);
const senderCount = 100;
const ticketsPerOffer = 100;
const rounds = 5;

/** Bare recoveries per CPU second, the ceiling of any acceptance rate. */
function bareRecoverRate(count: number): number {
  const key = paddedBigEndian(7n, 32);
  const jobs = Array.from({ length: count }, (_, i) => {
    const hash = keccak256(paddedBigEndian(BigInt(i), 32));
    return { hash, signature: signHash(hash, key) };
  });
  const start = process.cpuUsage();
  for (const { hash, signature } of jobs) recoverAddress(hash, signature);
  return count / ownCpuSeconds(start);
}

async function measure() {
  const time = {
    lastInitializedRound: 100n,
    l1BlockHash: hashFromBytes(keccak256(Uint8Array.of(1))),
    previousL1BlockHash: hashFromBytes(keccak256(Uint8Array.of(2))),
    startL1Block: 900n,
    roundLength: 60n,
    poolSize: 10n,
    lastSeenL1Block: 1000n,
  };
  const chain = { current: () => time, onRound: () => () => {}, onL1Block: () => () => {} };
  const funds = {
    depositWei: 10n * weiPerEther,
    withdrawRound: 0n,
    reserveWei: 100n * weiPerEther,
    reserveClaimedWei: 0n,
    claimedByMeWei: 0n,
  };
  let known = new Set<Address>();
  const clock = systemClock();
  const tasks = createTasks("bench", silentLogger);
  let events = 0;
  const sink: EventSink = {
    async emit() {
      events++;
    },
  };
  const balances = new Balances({}, clock);
  const store = memoryTicketStore();
  const recipientKey = createKeySigner(paddedBigEndian(999n, 32));
  const recipient = new TicketPaymentRecipient(
    { recipient: recipientKey.address, redeemGas: 350_000n },
    {
      clock,
      random: systemRandom(),
      logger: silentLogger,
      metrics: noMetrics,
      events: sink,
      tasks,
      rounds: chain,
      senders: { cached: (sender) => (known.has(sender) ? funds : undefined), info: async () => funds },
      gas: { gasPriceWei: 10_000_000n },
      active: { isActive: () => true },
      pending: new PendingAmounts(),
      store,
      prices: new PriceBook(rational(1200n)),
      balances,
    },
  );
  const senders = Array.from({ length: senderCount }, (_, i) => {
    const signer = createKeySigner(paddedBigEndian(BigInt(i + 1), 32));
    return new TicketSender({}, { signer, rounds: chain, funds: () => funds });
  });
  known = new Set(senders.map((sender) => sender.sender));

  const headers: { header: string; id: string }[] = [];
  while (headers.length < ticketCount) {
    for (const [i, sender] of senders.entries()) {
      const offer = await recipient.offer(sender.sender, undefined, undefined);
      if (offer.ticketParams === undefined) throw new Error("no offer");
      const session = sender.startSession(ticketParamsFromWire(offer.ticketParams));
      for (let n = 0; n < ticketsPerOffer && headers.length < ticketCount; n++) {
        const payment = paymentMessage(sender.sender, offer.priceInfo, sender.createBatch(session, 1));
        headers.push({ header: paymentHeader(payment), id: `session-${i}` });
      }
    }
  }
  // arrival mixes the senders
  headers.sort((a, b) => (a.header.slice(-24) < b.header.slice(-24) ? -1 : 1));

  let accepted = 0;
  const perRound = Math.ceil(headers.length / rounds);
  const rates: { cpu: number; wall: number }[] = [];
  for (let start = 0; start < headers.length; start += perRound) {
    const round = headers.slice(start, start + perRound);
    const wallStart = performance.now();
    const cpuStart = process.cpuUsage();
    for (const { header, id } of round) {
      const payment = fromBinary(PaymentSchema, Buffer.from(header, "base64"));
      accepted += (await recipient.receive(payment, id)).acceptedCount;
    }
    rates.push({
      cpu: round.length / ownCpuSeconds(cpuStart),
      wall: (1000 * round.length) / (performance.now() - wallStart),
    });
  }
  const perCpuSecond = percentile(
    rates.map(({ cpu }) => cpu),
    0.5,
  );
  if (accepted !== headers.length) throw new Error(`only ${accepted} of ${headers.length} tickets were accepted`);
  await tasks.stop();
  if (events < headers.length) throw new Error("not every payment was reported");
  const bare = bareRecoverRate(Math.min(5000, ticketCount));
  return {
    backend: activeSecp256k1Backend(),
    tickets: headers.length,
    senders: senderCount,
    perCpuSecond: Math.round(perCpuSecond),
    rounds: rates.map(({ cpu }) => Math.round(cpu)),
    perWallSecond: Math.round(
      percentile(
        rates.map(({ wall }) => wall),
        0.5,
      ),
    ),
    bareRecoverPerCpuSecond: Math.round(bare),
    shareOfBareRecover: rounded(perCpuSecond / bare),
  };
}

if (values.child) {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} else {
  const origin = benchOrigin();
  const native = await measure();
  const child = (root: string, env: NodeJS.ProcessEnv) => {
    const args = [join(root, "bench", "tickets.ts"), "--child", "--tickets", String(Math.min(4000, ticketCount))];
    const run = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`the run without the native back end failed: ${run.stderr}`);
    return JSON.parse(run.stdout) as Awaited<ReturnType<typeof measure>>;
  };
  const tree = await copyTree({
    include: ["bench/tickets.ts", "bench/bench-record.ts", "tests/conformance/copied-tree.ts"],
    strip: { secp256k1: ["prebuilds", "build"] },
  });
  let hidden: Awaited<ReturnType<typeof measure>>;
  try {
    hidden = child(tree.root, {});
  } finally {
    await tree.remove();
  }
  const forced = child(join(import.meta.dirname, ".."), { LIVEPEER_SECP256K1: "wasm" });
  const target = 7000;
  const record = {
    ...origin,
    native,
    prebuildHidden: hidden,
    forcedWasm: forced,
    target: { perCpuSecond: target, met: native.backend === "native" && native.perCpuSecond >= target },
  };
  publishRecord("tickets", record, values.record);
  process.exitCode = record.target.met && hidden.backend === "wasm" && forced.backend === "wasm" ? 0 : 1;
}
