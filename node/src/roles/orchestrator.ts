import { join } from "node:path";
import { SlotPool } from "@livepeer-ts/compute";
import { createReceiptStore, createTicketStore } from "@livepeer-ts/data";
import {
  acceptAllPaymentRecipient,
  Balances,
  createReceiptIssuer,
  fixedCurrencyRate,
  offChainSigner,
  PendingAmounts,
  PriceBook,
  parsePriceFlag,
  pricePerPixel,
  RedemptionService,
  RewardCaller,
  RoundInitializer,
  TicketPaymentRecipient,
} from "@livepeer-ts/economics";
import {
  type NodeSigner,
  type PaymentRecipient,
  parseOrchestratorOptions,
  type ReceiptIssuer,
  startOrchestrator,
} from "@livepeer-ts/execution";
import { type EventSink, LpError } from "@livepeer-ts/kernel";
import { createSelfSignedCertificate, startHttpHost } from "@livepeer-ts/kernel/adapters";
import { createFfmpegTranscoder, type FfmpegTranscoderOptions, findFfmpeg } from "@livepeer-ts/media/adapters";
import { ActiveStatus } from "@livepeer-ts/protocol";
import { parseBindAddress } from "../flags/bind-address.ts";
import type { FlagValues } from "../flags/go-flags.ts";
import { nodeVersion } from "../node-version.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { type ChainContext, dataFolder, openNodeDatabases, startChainContext } from "./chain-context.ts";
import { createNodeEvents } from "./event-sink.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";

type Money = {
  readonly signer: NodeSigner;
  readonly recipient: PaymentRecipient;
  readonly receipts: ReceiptIssuer | undefined;
  readonly chainId: bigint | undefined;
  readonly close: () => Promise<void>;
};

/** An orchestrator that transcodes on this machine, on chain or off chain. */
export async function runOrchestrator(flags: FlagValues, ports: ProcessPorts): Promise<RunningRole> {
  if (!flags.bool("transcoder")) {
    throw new LpError({
      code: "bad_flag",
      message: "Running an orchestrator requires -transcoder: remote transcoders are not supported yet",
    });
  }
  const ffmpeg = await findFfmpeg();
  const serviceText = flags.get("serviceAddr");
  if (serviceText === "") {
    throw new LpError({
      code: "bad_flag",
      message: "-serviceAddr is missing: give host:port under which gateways reach this orchestrator",
    });
  }
  const service = new URL(/^https?:\/\//.test(serviceText) ? serviceText : `https://${serviceText}`);
  const money =
    flags.get("network") === "offchain" ? await offChainMoney(flags, ports) : await onChainMoney(flags, ports);
  const maxSessions = flags.int("maxSessions");
  const backend = createFfmpegTranscoder(
    {
      ffmpegPath: ffmpeg.path,
      preset: flags.get("transcoderPreset") as NonNullable<FfmpegTranscoderOptions["preset"]>,
      workDir: join(dataFolder(flags), "work"),
    },
    ports,
  );
  const net = peerNet({ named: [service.href], chainId: money.chainId }, flags, ports);
  const role = startOrchestrator(
    parseOrchestratorOptions({
      serviceUri: `${service.protocol}//${service.host}`,
      nodes: flags.list("nodes"),
      maxSessions,
      version: nodeVersion,
    }),
    { ...ports, ...money, net, backend, slots: new SlotPool({ slots: Math.max(1, maxSessions) }) },
  );
  const bind = parseBindAddress(flags.get("httpAddr"), { host: "127.0.0.1", port: Number(service.port || 8935) });
  const tls = service.protocol === "https:" ? await createSelfSignedCertificate(service.hostname) : undefined;
  const host = await startHttpHost({ ...bind, ...(tls === undefined ? {} : { tls }) }, role.handler, ports.logger);
  ports.logger.info("orchestrator is ready", { serviceUri: service.href, port: host.port, ffmpeg: ffmpeg.version });
  return {
    facts: { port: host.port, address: money.signer.address ?? "" },
    async stop() {
      await host.stop();
      await role.stop();
      await backend.close();
      await ports.tasks.stop();
      await net.stop();
      await ports.net.stop();
      await money.close();
    },
  };
}

async function offChainMoney(flags: FlagValues, ports: ProcessPorts): Promise<Money> {
  const databases = await openNodeDatabases(dataFolder(flags), 0n, ports.clock.now());
  return {
    signer: offChainSigner,
    recipient: acceptAllPaymentRecipient,
    receipts: undefined,
    chainId: undefined,
    close: async () => {
      await databases.livepeer.close();
      await databases.own.close();
    },
  };
}

async function onChainMoney(flags: FlagValues, ports: ProcessPorts): Promise<Money> {
  const { chain, databases, start } = await startChainContext(flags, ports);
  const events = createNodeEvents(flags, `orchestrator-${chain.identity}`, databases, ports);
  const store = createTicketStore(databases);
  const pending = new PendingAmounts();
  const active = new ActiveStatus(chain.identity, { ...ports, ...chain });
  await active.start(ports.tasks.signal);
  const balances = new Balances({}, ports.clock);
  balances.start(ports.tasks);
  const recipient = new TicketPaymentRecipient(
    {
      recipient: chain.identity,
      ticketEvWei: BigInt(flags.get("ticketEV")),
      maxFaceValueWei: BigInt(flags.get("maxFaceValue")),
      redeemGas: chain.redeemGas,
      autoAdjustPrice: flags.bool("autoAdjustPrice"),
    },
    { ...ports, ...chain, events, active, pending, store, balances, prices: new PriceBook(basePrice(flags)) },
  );
  const redemption = new RedemptionService(
    { redeemGas: chain.redeemGas },
    { ...ports, ...chain, events, active, pending, store, submitter: chain.transactions },
  );
  await redemption.start(ports.tasks);
  startDuties(flags, chain, events, ports);
  const receipts = await createReceiptIssuer(
    { domain: { chainId: chain.chainId, verifyingContract: chain.book.bondingManager } },
    {
      ...ports,
      signer: chain.signer,
      store: createReceiptStore(databases.own),
      round: () => chain.rounds.current().lastInitializedRound,
    },
  );
  await start();
  return {
    signer: chain.signer,
    recipient,
    receipts,
    chainId: chain.chainId,
    close: async () => {
      recipient.stop();
      await databases.livepeer.close();
      await databases.own.close();
    },
  };
}

/** Rewards and round initialization: rewards start by themselves for a registered orchestrator. */
function startDuties(flags: FlagValues, chain: ChainContext, events: EventSink, ports: ProcessPorts): void {
  const duty = { ...ports, ...chain, events, submitter: chain.transactions };
  const isRegistered = chain.pool.members().some((member) => member.address === chain.signer.address);
  if (flags.isSet("reward") ? flags.bool("reward") : isRegistered) new RewardCaller(duty).start(ports.tasks);
  if (flags.bool("initializeRound")) {
    new RoundInitializer({ maxDelayMs: flags.ms("initializeRoundMaxDelay") }, duty).start(ports.tasks);
  }
}

function basePrice(flags: FlagValues) {
  if (flags.get("pricePerUnit") === "") {
    throw new LpError({
      code: "bad_flag",
      message: "-pricePerUnit must be set: give the price of -pixelsPerUnit pixels, for example 1000",
    });
  }
  const price = parsePriceFlag(flags.get("pricePerUnit"), flags.get("pixelsPerUnit"));
  const rate = fixedCurrencyRate(price.currency);
  if (rate === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: `-pricePerUnit in ${price.currency} needs a price feed, which is not supported yet: give it in wei or eth`,
    });
  }
  return pricePerPixel(price, rate);
}
