import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KafkaPeer } from "@livepeer-ts/data/testing";
import { checksumAddress, fromHex, type Hex, privateKeyToAddress, weiPerEther } from "@livepeer-ts/kernel";
import type { MediaSegment } from "@livepeer-ts/media";
import { cutClip } from "@livepeer-ts/media/testing";
import { contractEvent, parseLogs } from "@livepeer-ts/protocol";
import { ticketBrokerAbi } from "@livepeer-ts/protocol/abi";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import { bringUpDevnet, type Devnet } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metricRegistry } from "../../node/src/metrics/metric-registry.ts";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { ladder } from "../faults/off-chain-network.ts";
import { pushSegment } from "../faults/push-client.ts";
import { sampleSum, samplesOf } from "../metrics/exposition.ts";
import { faultsOf, hasPromtool } from "../metrics/promtool.ts";
import { until } from "../support/until.ts";

const sampleClip = fileURLToPath(new URL("../../layers/02-media/assets/bunny-720p.mp4", import.meta.url));
const [orchestratorKey] = developmentKeys.orchestrators;
const password = "a password";
/** Nearly every ticket wins. */
const [ticketEvWei, faceValueWei] = [9_000_000_000n, 10_000_000_000n];
const pricePerUnit = 2000;
const manifestId = "counted";
const promtool = hasPromtool();

let folder: string;
let anvil: Anvil;
let devnet: Devnet;
let segments: readonly MediaSegment[];
let servicePort: number;
let gatewayPort: number;
let kafka: KafkaPeer;
const children: ChildRole[] = [];
const pages: { gateway: string; orchestrator: string } = { gateway: "", orchestrator: "" };
/** Frames that came back, by profile. */
const frames = ladder.map(() => 0);

async function start(name: string, key: Hex, args: readonly string[]): Promise<ChildRole> {
  const data = join(folder, name);
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const child = await ChildRole.start({
    name,
    args: [
      ...args,
      ...["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller],
      ...["-ethAcctAddr", privateKeyToAddress(fromHex(key)), "-ethPassword", password, "-dataDir", data],
      ...["-blockPollingInterval", "0.1", "-monitor", "-cliAddr", "127.0.0.1:0"],
    ],
    logFile: join(folder, `${name}.log`),
    readyMs: 60_000,
  });
  children.push(child);
  return child;
}

async function scrape(child: ChildRole): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${child.facts["adminPort"]}/metrics`);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return answer.text();
}

/** Redeemed tickets as the chain has them. */
async function redeemedOnChain(): Promise<readonly { readonly faceValueWei: bigint }[]> {
  const filter = { address: devnet.addresses.TicketBroker, fromBlock: "0x0", toBlock: "latest" };
  const logs = parseLogs(await devnet.chain.session.rpc("eth_getLogs", [filter]));
  return logs.flatMap((log) => {
    const args = contractEvent(ticketBrokerAbi, "WinningTicketRedeemed", log);
    return args === undefined ? [] : [{ faceValueWei: args.faceValue }];
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-metrics-"));
  segments = (await cutClip({ path: sampleClip })).slice(0, 4);
  [servicePort, gatewayPort] = [await freePort(), await freePort()];
  kafka = await KafkaPeer.start({ partitions: 2 });
  anvil = await startAnvil({ blockTimeSec: 0.1 });
  devnet = await bringUpDevnet({
    rpcUrl: anvil.rpcUrl,
    deployerKey: developmentKeys.deployer,
    orchestrators: [
      {
        key: orchestratorKey,
        serviceUri: `https://127.0.0.1:${servicePort}`,
        amountWei: 100n * weiPerEther,
        rewardCut: 0n,
        feeShare: 0n,
      },
    ],
    gateways: [{ key: developmentKeys.gateway, depositWei: weiPerEther, reserveWei: 2n * weiPerEther }],
  });
  const ladderFile = join(folder, "ladder.json");
  await writeFile(ladderFile, JSON.stringify(ladder));
  const orchestrator = await start("orchestrator", orchestratorKey, [
    ...["-orchestrator", "-transcoder", "-serviceAddr", `127.0.0.1:${servicePort}`, "-transcoderPreset", "ultrafast"],
    ...["-pricePerUnit", String(pricePerUnit), "-ticketEV", String(ticketEvWei), "-maxFaceValue", String(faceValueWei)],
    ...["-metricsPerStream", "-autoAdjustPrice=false", "-maxSessions", "7"],
    ...["-initializeRound", "-initializeRoundMaxDelay", "0s"],
  ]);
  const gateway = await start("gateway", developmentKeys.gateway, [
    ...["-gateway", "-httpAddr", `127.0.0.1:${gatewayPort}`, "-rtmpAddr", `127.0.0.1:${await freePort()}`],
    ...["-transcodingOptions", ladderFile, "-metricsClientIP"],
    ...["-kafkaBootstrapServers", `127.0.0.1:${kafka.port}`, "-kafkaGatewayTopic", "events", "-gatewayHost", "gw.test"],
  ]);
  for (const [seqNo, segment] of segments.entries()) {
    const answer = await pushSegment({ url: `http://127.0.0.1:${gatewayPort}` }, manifestId, seqNo, segment.bytes);
    expect(answer).toMatchObject({ status: 200, text: "" });
    for (const [i, count] of answer.frames.entries()) frames[i] = (frames[i] ?? 0) + count;
  }
  await until("all winners are redeemed", async () => {
    pages.orchestrator = await scrape(orchestrator);
    const won = sampleSum(pages.orchestrator, "livepeer_winning_tickets_recv") ?? 0;
    return won > 0 && sampleSum(pages.orchestrator, "livepeer_winning_tickets_redeemed_total") === won;
  });
  pages.orchestrator = await scrape(orchestrator);
  pages.gateway = await scrape(gateway);
}, 120_000);

afterAll(async () => {
  await Promise.all(children.map((child) => child.stop()));
  await anvil?.stop();
  await kafka?.stop();
  await rm(folder, { recursive: true, force: true });
});

const gateway = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  sampleSum(pages.gateway, `livepeer_${name}`, { node_type: "bctr", ...labels });
const orchestrator = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  sampleSum(pages.orchestrator, `livepeer_${name}`, { node_type: "orch", ...labels });

describe("the metrics of a gateway and an orchestrator on a chain", () => {
  it("agree with the segments that were pushed and the renditions that came back", () => {
    const stream = { manifest_id: manifestId };
    const count = segments.length;
    expect(gateway("segment_source_emerged_unprocessed_total", { ...stream, client_ip: "127.0.0.1" })).toBe(count);
    expect(gateway("segment_transcoded_all_appeared_total", stream)).toBe(count);
    expect(gateway("segment_transcoded_downloaded_total", stream)).toBe(count * ladder.length);
    expect(gateway("stream_source_bytes_total", stream)).toBe(
      segments.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    expect(gateway("success_rate")).toBe(1);
    expect(gateway("http_client_segment_transcoded_realtime_ratio_count", stream)).toBe(count);
    expect(orchestrator("segment_transcoded_total")).toBe(count);
    expect(orchestrator("max_sessions_total")).toBe(7);
    expect(orchestrator("current_sessions_total")).toBe(1);
    expect(orchestrator("transcoder_engine_seconds_count")).toBe(count);
    // pixels of the frames that a client counted
    const pixels = ladder.reduce((sum, { width, height }, i) => sum + width * height * (frames[i] as number), 0);
    expect(pixels).toBeGreaterThan(0);
    expect(gateway("mil_pixels_processed", stream)).toBeCloseTo(pixels / 1e6, 6);
    expect(orchestrator("mil_pixels_processed", stream)).toBeCloseTo(pixels / 1e6, 6);
  });

  it("agree on the tickets with each other, and with the chain on what was redeemed", async () => {
    const sent = gateway("tickets_sent", { manifest_id: manifestId }) as number;
    const sender = { sender: privateKeyToAddress(fromHex(developmentKeys.gateway)) };
    expect(sent).toBeGreaterThan(0);
    expect(sum(pages.orchestrator, "livepeer_tickets_recv", sender)).toBe(sent);
    expect(sum(pages.orchestrator, "livepeer_ticket_value_recv", sender)).toBeCloseTo(
      sent * (Number(ticketEvWei) / 1e9),
      6,
    );
    expect(gateway("ticket_value_sent")).toBeCloseTo(sent * (Number(ticketEvWei) / 1e9), 6);
    const redeemed = await redeemedOnChain();
    expect(redeemed.length).toBeGreaterThan(0);
    expect(orchestrator("winning_tickets_redeemed_total")).toBe(redeemed.length);
    expect(sum(pages.orchestrator, "livepeer_value_redeemed", sender)).toBeCloseTo(
      redeemed.reduce((all, ticket) => all + Number(ticket.faceValueWei), 0) / 1e9,
      6,
    );
    expect(orchestrator("gateway_ticket_face_value")).toBe(Number(faceValueWei) / 1e9);
    expect(gateway("orchestrator_ticket_face_value_wei")).toBe(Number(faceValueWei));
    expect(gateway("gateway_reserve")).toBe(2e9);
    expect(gateway("orchestrator_price_wei_per_pixel", { orchestrator_uri: `https://127.0.0.1:${servicePort}` })).toBe(
      pricePerUnit,
    );
    expect(orchestrator("chain_head_block")).toBeGreaterThan(0);
  });

  it("agree with what the gateway said to Kafka", async () => {
    const sent = gateway("tickets_sent", { manifest_id: manifestId });
    const payments = () =>
      kafka.records
        .map(({ value }) => JSON.parse(value) as { type: string; gateway: string; data: Record<string, string> })
        .filter(({ type }) => type === "create_new_payment");
    const tickets = () => payments().reduce((all, { data }) => all + Number(data["numTickets"]), 0);
    await until("every payment was told", () => tickets() === sent);
    expect(payments()[0]).toMatchObject({
      gateway: "gw.test",
      data: {
        clientIP: "127.0.0.1",
        manifestID: manifestId,
        faceValue: "0.00000001 ETH",
        price: `${pricePerUnit}.000 wei/pixel`,
        sender: checksumAddress(privateKeyToAddress(fromHex(developmentKeys.gateway))),
        orchestrator: `https://127.0.0.1:${servicePort}`,
      },
    });
    expect(gateway("kafka_event_send_errors")).toBeUndefined();
  });

  it("count clients that went away before their renditions were there", async () => {
    const [stopped, counting] = children as [ChildRole, ChildRole];
    const gone = new AbortController();
    stopped.kill("SIGSTOP");
    try {
      const push = fetch(`http://127.0.0.1:${gatewayPort}/live/gone/0.ts`, {
        method: "PUT",
        headers: { "content-duration": "2000" },
        body: new Uint8Array((segments[0] as MediaSegment).bytes),
        signal: gone.signal,
      });
      await until("the segment is there", async () => {
        const page = await scrape(counting);
        return sampleSum(page, "livepeer_segment_source_appeared_total", { manifest_id: "gone" }) === 1;
      });
      gone.abort();
      await expect(push).rejects.toThrow();
    } finally {
      stopped.kill("SIGCONT");
    }
    await until("it is counted", async () => {
      const page = await scrape(counting);
      return sampleSum(page, "livepeer_http_client_timeout_1", { manifest_id: "gone", client_ip: "127.0.0.1" }) === 1;
    });
  });

  it("have no value that no table has, and no series without room", () => {
    const registered = new Map(metricRegistry.map((spec) => [spec.name, spec]));
    for (const page of Object.values(pages)) {
      expect(sampleSum(page, "livepeer_metric_undeclared_total")).toBe(0);
      expect(sampleSum(page, "livepeer_metric_series_dropped_total")).toBe(0);
      for (const { name } of samplesOf(page)) {
        const family = registered.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
        expect(registered.has(family), name).toBe(true);
      }
    }
  });

  it.skipIf(!promtool)("pass promtool; what it says is about names that are go-livepeer's", async () => {
    for (const page of Object.values(pages)) expect(await faultsOf(page)).toEqual([]);
  });
});

/** Sum over the series of an account, whatever the case of its letters. */
function sum(page: string, name: string, { sender }: { readonly sender: string }): number {
  return samplesOf(page)
    .filter((sample) => sample.name === name && sample.labels["sender"]?.toLowerCase() === sender.toLowerCase())
    .reduce((all, { value }) => all + value, 0);
}
