import { createMemoryBlobStore, createReceiptStore, type NodeDatabases } from "@livepeer-ts/data";
import {
  acceptAllResultVerifier,
  createLocalResultVerifier,
  createReceiptReader,
  fixedCurrencyRate,
  freePaymentSender,
  offChainSigner,
  parsePriceFlag,
  pricePerPixel,
  TicketPaymentSender,
  TicketSender,
} from "@livepeer-ts/economics";
import {
  type NodeSigner,
  type OrchestratorDirectory,
  openAccess,
  type PaymentSender,
  parseGatewayOptions,
  type ReceiptReader,
  type ResultVerifier,
  routed,
  startGateway,
  staticDirectory,
  webhookAccess,
} from "@livepeer-ts/execution";
import { LpError, parseRational, type Rational, toAddress } from "@livepeer-ts/kernel";
import { startHttpHost } from "@livepeer-ts/kernel/adapters";
import { parseProfileJson, presetProfile, type VideoProfile } from "@livepeer-ts/media";
import { startRtmpServer } from "@livepeer-ts/media/adapters";
import { endStreamRoute } from "../admin/end-stream-route.ts";
import { parseBindAddress } from "../flags/bind-address.ts";
import { type FlagValues, itemsOf } from "../flags/go-flags.ts";
import type { ProcessPorts } from "../process-ports.ts";
import { dataFolder, openNodeDatabases, startChainContext } from "./chain-context.ts";
import { createNodeEvents } from "./event-sink.ts";
import { peerNet } from "./peer-net.ts";
import type { RunningRole } from "./running-role.ts";

type Money = {
  readonly signer: NodeSigner;
  readonly payments: PaymentSender;
  readonly verifier: ResultVerifier;
  readonly receipts: ReceiptReader | undefined;
  readonly directory: OrchestratorDirectory;
  readonly databases: NodeDatabases;
  readonly chainId: bigint | undefined;
};

const webhookTimeoutMs = 5000;

/** A gateway: RTMP and HTTP push in, HLS out, work sent to orchestrators, on chain or off chain. */
export async function runGateway(flags: FlagValues, ports: ProcessPorts): Promise<RunningRole> {
  const isOnChain = flags.get("network") !== "offchain";
  const money = isOnChain ? await onChainMoney(flags, ports) : await offChainMoney(flags, ports);
  const webhook = flags.get("authWebhookUrl");
  const net = peerNet({ named: flags.list("orchAddr"), chainId: money.chainId }, flags, ports);
  const localVerify = flags.isSet("localVerify") ? flags.bool("localVerify") : isOnChain;
  const role = startGateway(
    parseGatewayOptions({
      profiles: transcodingProfiles(flags.get("transcodingOptions")),
      maxStreams: flags.int("maxSessions"),
      currentManifest: flags.bool("currentManifest"),
      httpIngest: flags.bool("httpIngest"),
      localVerify,
      discovery: {
        firstWaitMs: flags.ms("discoveryTimeout"),
        blocklist: new Set(flags.list("orchBlocklist").map(toAddress)),
      },
      pool: {
        weights: {
          stake: flags.float("selectStakeWeight"),
          price: flags.float("selectPriceWeight"),
          random: flags.float("selectRandFreq"),
          priceExpFactor: flags.float("selectPriceExpFactor"),
        },
        maxPrice: maxPrice(flags.get("maxPricePerUnit")),
        ignoreMaxPriceIfNeeded: flags.bool("ignoreMaxPriceIfNeeded"),
        redrawSegments: flags.int("redrawSegments"),
      },
      stream: { maxAttempts: flags.int("maxAttempts") },
    }),
    {
      ...ports,
      ...money,
      net,
      access: webhook === "" ? openAccess : webhookAccess({ url: webhook, timeoutMs: webhookTimeoutMs }, ports),
      blobs: createMemoryBlobStore({ perDirectory: 64 }),
      events: createNodeEvents(flags, `gateway-${money.signer.address ?? "offchain"}`, money.databases, ports),
    },
  );
  const handler = routed([
    endStreamRoute(flags.get("eventsToken"), role.registry),
    { name: "gateway", match: () => true, handle: role.handler },
  ]);
  const host = await startHttpHost(
    parseBindAddress(flags.get("httpAddr"), { host: "127.0.0.1", port: 9935 }),
    handler,
    ports.logger,
  );
  const rtmp = await startRtmpServer(parseBindAddress(flags.get("rtmpAddr"), { host: "127.0.0.1", port: 1935 }), {
    ...ports,
    sink: role.ingest,
  });
  ports.logger.info("gateway is ready", { httpPort: host.port, rtmpPort: rtmp.port });
  return {
    facts: { httpPort: host.port, rtmpPort: rtmp.port, address: money.signer.address ?? "" },
    async stop() {
      await rtmp.stop();
      await role.stop();
      await host.stop();
      await ports.tasks.stop();
      await net.stop();
      await ports.net.stop();
      await money.databases.livepeer.close();
      await money.databases.own.close();
    },
  };
}

async function offChainMoney(flags: FlagValues, ports: ProcessPorts): Promise<Money> {
  return {
    signer: offChainSigner,
    payments: freePaymentSender,
    verifier: acceptAllResultVerifier,
    receipts: undefined,
    directory: staticDirectory(flags.list("orchAddr")),
    databases: await openNodeDatabases(dataFolder(flags), 0n, ports.clock.now()),
    chainId: undefined,
  };
}

async function onChainMoney(flags: FlagValues, ports: ProcessPorts): Promise<Money> {
  const { chain, databases, start } = await startChainContext(flags, ports);
  await chain.senders.info(chain.signer.address);
  await start();
  const tickets = new TicketSender(
    {
      maxTicketEvWei: parseRational(flags.get("maxTicketEV")),
      maxTotalEvWei: parseRational(flags.get("maxTotalEV")),
      depositMultiplier: BigInt(flags.int("depositMultiplier")),
    },
    { signer: chain.signer, rounds: chain.rounds, funds: () => chain.senders.cached(chain.signer.address) },
  );
  const named = flags.list("orchAddr");
  return {
    signer: chain.signer,
    payments: new TicketPaymentSender(tickets),
    verifier: createLocalResultVerifier(),
    receipts: createReceiptReader({
      domain: { chainId: chain.chainId, verifyingContract: chain.book.bondingManager },
      keep: { ...ports, store: createReceiptStore(databases.own) },
    }),
    directory: named.length > 0 ? staticDirectory(named) : chain.pool,
    databases,
    chainId: chain.chainId,
  };
}

function maxPrice(text: string): Rational | undefined {
  const price = parsePriceFlag(text, "1", "-maxPricePerUnit");
  const rate = fixedCurrencyRate(price.currency);
  if (rate === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: `-maxPricePerUnit in ${price.currency} needs a price feed, which is not supported yet: give it in wei or eth`,
    });
  }
  return price.amount.num === 0n ? undefined : pricePerPixel(price, rate);
}

/** Presets by name, or profiles as JSON. Throws `bad_flag` when nothing is left. */
function transcodingProfiles(text: string): VideoProfile[] {
  const profiles = text.trimStart().startsWith("[")
    ? parseProfileJson(JSON.parse(text))
    : itemsOf(text).flatMap((name) => presetProfile(name) ?? []);
  if (profiles.length === 0) {
    throw new LpError({
      code: "bad_flag",
      message: `No transcoding profiles found in "${text.slice(0, 80)}": give names such as P240p30fps16x9, or a JSON file`,
    });
  }
  return profiles;
}
