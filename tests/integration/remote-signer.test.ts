import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { RemoteSignerClient, remoteIdentitySigner } from "@livepeer-ts/economics";
import { OrchestratorClient, PaymentSchema } from "@livepeer-ts/execution";
import { checksumAddress, fromHex, privateKeyToAddress, readBody, utf8, weiPerEther } from "@livepeer-ts/kernel";
import { NodeNet, systemClock } from "@livepeer-ts/kernel/adapters";
import { type Anvil, KeystoreDir, startAnvil } from "@livepeer-ts/protocol/adapters";
import type { Devnet } from "@livepeer-ts/protocol/deploy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ChildRole } from "../../node/src/supervisor/child-role.ts";
import { freePort } from "../../node/src/supervisor/free-port.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import { until } from "../support/until.ts";
import { stakedDevnet } from "./staked-devnet.ts";

const password = "a password";
const [orchestratorKey] = developmentKeys.orchestrators;
const payer = privateKeyToAddress(fromHex(developmentKeys.gateway));

let anvil: Anvil;
let devnet: Devnet;
let folder: string;
let webhook: Server;
let asked: { headers: Record<string, string[]>; state: Record<string, unknown> }[];
let webhookStatus = 200;
let signerUrl: string;
let orchestratorUrl: string;
let gatewayUrl: string;
let signerArgs: readonly string[];
const children: ChildRole[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-signer-"));
  anvil = await startAnvil({ blockTimeSec: 0.25 });
  devnet = await stakedDevnet(anvil, [developmentKeys.gateway]);
  asked = [];
  webhook = createServer(async (request: IncomingMessage, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    asked.push(JSON.parse(text) as (typeof asked)[number]);
    response.end(JSON.stringify({ status: webhookStatus, reason: "no more money", auth_id: "customer 7" }));
  });
  await new Promise<void>((resolve) => {
    webhook.listen(0, "127.0.0.1", resolve);
  });
}, 60_000);
afterAll(async () => {
  for (const child of children.reverse()) await child.stop();
  webhook?.close();
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, args: readonly string[]): Promise<ChildRole> {
  const child = await ChildRole.start({ name, args, logFile: join(folder, `${name}.log`) });
  children.push(child);
  return child;
}

async function onChain(name: string, key: `0x${string}`): Promise<string[]> {
  const data = join(folder, name);
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  const chain = ["-network", "devnet", "-ethUrl", anvil.rpcUrl, "-ethController", devnet.addresses.Controller];
  return [...chain, "-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2"];
}

function rows(name: string, file: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(join(folder, name, file), { readOnly: true });
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

const winnerCount = () => rows("orchestrator", "lpdb.sqlite3", "SELECT sender FROM ticketQueue").length;
const spentWei = () => {
  const [row] = rows("signer", "livepeer-ts.sqlite3", "SELECT wei FROM signer_spend ORDER BY day DESC");
  return BigInt(String(row?.["wei"]));
};
const signedRecords = () =>
  rows(
    "signer",
    "livepeer-ts.sqlite3",
    "SELECT data FROM node_record WHERE type = 'create_signed_ticket' ORDER BY seq",
  ).map(({ data }) => JSON.parse(String(data)) as Record<string, string>);
const ticketsIn = (payment: Uint8Array) => fromBinary(PaymentSchema, payment).ticketSenderParams.length;

/** A two-second segment. */
async function makeSegment(): Promise<Uint8Array> {
  const path = join(folder, "segment.ts");
  await promisify(execFile)("ffmpeg", [
    ...["-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p", "-f", "mpegts", path],
  ]);
  return readFile(path);
}

describe("a gateway whose key is at a remote signer", () => {
  it("finds orchestrators there, pays them through it, and has nothing to lose itself", async () => {
    const [signerPort, orchestratorPort, gatewayPort, rtmpPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const webhookUrl = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/authorize`;
    await start("orchestrator", [
      ...(await onChain("orchestrator", orchestratorKey)),
      ...[
        "-orchestrator",
        "-transcoder",
        "-orchSecret",
        "shared",
        "-transcoderPreset",
        "ultrafast",
        "-serviceAddr",
        `127.0.0.1:${orchestratorPort}`,
      ],
      ...["-startupAvailabilityCheck=false", "-pricePerUnit", "1000", "-autoAdjustPrice=false"],
      ...["-ticketEV", "39999999999", "-maxFaceValue", "40000000000"],
    ]);
    signerUrl = `http://127.0.0.1:${signerPort}`;
    orchestratorUrl = `https://127.0.0.1:${orchestratorPort}`;
    gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    signerArgs = [
      ...(await onChain("signer", developmentKeys.gateway)),
      ...["-remoteSigner", "-httpAddr", `127.0.0.1:${signerPort}`, "-remoteSignerWebhookUrl", webhookUrl],
      ...["-remoteDiscovery", "-orchAddr", `127.0.0.1:${orchestratorPort}`],
    ];
    await start("signer", [...signerArgs, "-remoteSignerMaxDay", String(weiPerEther)]);
    const ladder = join(folder, "ladder.json");
    await writeFile(ladder, JSON.stringify([{ name: "low", width: 256, height: 144, bitrate: 200_000, fps: 0 }]));
    await mkdir(join(folder, "gateway"));
    await start("gateway", [
      ...["-gateway", "-dataDir", join(folder, "gateway"), "-transcodingOptions", ladder],
      ...["-httpAddr", `127.0.0.1:${gatewayPort}`, "-rtmpAddr", `127.0.0.1:${rtmpPort}`],
      ...[
        "-remoteSignerUrl",
        `http://127.0.0.1:${signerPort}`,
        "-remoteSignerHeaders",
        "Authorization:Bearer customer",
      ],
    ]);

    const segment = await makeSegment();
    const push = async (seqNo: number) => {
      const answer = await fetch(`http://127.0.0.1:${gatewayPort}/live/paid/${seqNo}.ts`, {
        method: "PUT",
        headers: { accept: "multipart/mixed", "content-duration": "2000" },
        body: new Uint8Array(segment),
      });
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    };
    for (let seqNo = 0; seqNo < 8; seqNo++) {
      const { status, body } = await push(seqNo);
      expect(status, body.toString("utf8", 0, 200)).toBe(200);
      expect(body.includes("Rendition-Name: low")).toBe(true);
      expect(body.length).toBeGreaterThan(2000);
    }

    // each ticket wins: what the orchestrator keeps was signed by the signer's account
    const winners = rows("orchestrator", "lpdb.sqlite3", "SELECT sender, senderNonce FROM ticketQueue");
    expect(winners.length).toBeGreaterThan(0);
    expect(new Set(winners.map(({ sender }) => sender))).toEqual(new Set([checksumAddress(payer)]));
    const [spent] = rows("signer", "livepeer-ts.sqlite3", "SELECT wei FROM signer_spend");
    expect(BigInt(String(spent?.["wei"]))).toBe(BigInt(winners.length) * 39_999_999_999n);
    const events = rows(
      "signer",
      "livepeer-ts.sqlite3",
      "SELECT data FROM node_record WHERE type = 'create_signed_ticket'",
    );
    const signed = events.map(({ data }) => JSON.parse(String(data)) as { num_tickets: string; auth_id: string });
    expect(signed.reduce((sum, { num_tickets }) => sum + Number(num_tickets), 0)).toBe(winners.length);
    expect(new Set(signed.map(({ auth_id }) => auth_id))).toEqual(new Set(["customer 7"]));
    expect(asked[0]?.headers["Authorization"]).toEqual(["Bearer customer"]);
    expect(await readdir(join(folder, "gateway"))).not.toContain("keystore");

    // without the webhook's leave nothing is paid and nothing transcoded
    webhookStatus = 402;
    await until("the credit is used up", async () => {
      for (let seqNo = 8; seqNo < 200; seqNo++) {
        const { body } = await push(seqNo);
        if (!body.includes("Rendition-Name: low")) return true;
      }
      return false;
    });
    const refusedAt = rows("orchestrator", "lpdb.sqlite3", "SELECT sender FROM ticketQueue").length;
    webhookStatus = 200;
    await until("it is paid again", async () =>
      (await push(300 + Math.floor(performance.now()))).body.includes("Rendition-Name: low"),
    );
    expect(rows("orchestrator", "lpdb.sqlite3", "SELECT sender FROM ticketQueue").length).toBeGreaterThan(refusedAt);
  }, 120_000);

  it("has jobs of external capabilities signed and paid there, too", async () => {
    const worker = createServer((_request, response) => response.end("done"));
    await new Promise<void>((resolve) => {
      worker.listen(0, "127.0.0.1", resolve);
    });
    const url = `http://127.0.0.1:${(worker.address() as AddressInfo).port}`;
    const net = new NodeNet();
    try {
      const answer = await net.request({
        method: "POST",
        url: `${orchestratorUrl}/capability/register`,
        header: new Headers({ authorization: "shared" }),
        body: utf8(JSON.stringify({ name: "cap", url, capacity: 1, price_per_unit: 1_000_000_000 })),
        signal: AbortSignal.timeout(20_000),
      });
      expect(new TextDecoder().decode(await readBody(answer.body, 1000))).toBe("ok");
      const job = { request: '{"a":1}', parameters: "{}", capability: "cap", timeout_seconds: 20 };
      const livepeer = Buffer.from(JSON.stringify(job)).toString("base64");
      const before = [winnerCount(), spentWei()] as const;
      const done = await fetch(`${gatewayUrl}/process/request/x`, {
        method: "POST",
        headers: { livepeer },
        body: "{}",
      });
      expect([done.status, await done.text()]).toEqual([200, "done"]);
      // a minute in advance is worth two tickets
      expect(winnerCount() - before[0]).toBe(2);
      expect(spentWei() - before[1]).toBe(2n * 39_999_999_999n);
      await until("the payment is in the records", () => signedRecords().at(-1)?.["num_tickets"] === "2");
      expect(signedRecords().at(-1)).toMatchObject({ auth_id: "customer 7", pipeline: "" });
    } finally {
      worker.close();
      await net.stop();
    }
  }, 60_000);

  it("cannot get more than the day's ceiling out of a signer that is killed again and again", async () => {
    const net = new NodeNet();
    const clock = systemClock();
    const ceilingWei = spentWei() + 12n * 39_999_999_999n;
    let signer = children.find(({ name }) => name === "signer") as ChildRole;
    let paidWei = 0n;
    let refused: unknown;
    try {
      for (let life = 0; refused === undefined && life < 8; life++) {
        signer.kill();
        await signer.exited;
        signer = await start("signer", [...signerArgs, "-remoteSignerMaxDay", String(ceilingWei)]);
        const remote = new RemoteSignerClient({ url: signerUrl, headers: new Map() }, { net, clock });
        const identity = remoteIdentitySigner(await remote.identity(AbortSignal.timeout(10_000)));
        const signal = AbortSignal.timeout(10_000);
        const options = { ignoreCapacityCheck: true, timeoutMs: 10_000, signal };
        const asking = new OrchestratorClient({ net, clock, signer: identity });
        const info = await asking.getInfo(orchestratorUrl, undefined, options);
        // eight callers at once; the fourth answer kills the signer in the middle of its work
        let answered = 0;
        const calls = Array.from({ length: 8 }, async (_, i) => {
          const request = {
            orchestrator: info,
            state: undefined,
            manifestId: `kill-${life}-${i}`,
            inPixels: 20_000_000n,
          };
          try {
            const paid = await remote.payment(request, AbortSignal.timeout(10_000));
            if (paid !== undefined) paidWei += 39_999_999_999n * BigInt(ticketsIn(paid.payment));
            answered++;
            if (answered === 4 && life < 2) signer.kill();
          } catch (error) {
            if ((error as { details?: { status?: number } }).details?.status === 483) refused = error;
          }
        });
        await Promise.all(calls);
      }
      expect(String(refused)).toContain(`its ceiling is ${ceilingWei}`);
      // what callers hold is what was counted, or less: never more
      expect(paidWei).toBeGreaterThan(0n);
      expect(paidWei).toBeLessThanOrEqual(spentWei() - (ceilingWei - 12n * 39_999_999_999n));
      expect(spentWei()).toBeLessThanOrEqual(ceilingWei);
    } finally {
      await net.stop();
    }
  }, 90_000);

  it("does not start without its signer", async () => {
    const port = await freePort();
    const args = [
      "-gateway",
      "-remoteSignerUrl",
      `http://127.0.0.1:${port}`,
      "-httpAddr",
      "127.0.0.1:0",
      "-rtmpAddr",
      "127.0.0.1:0",
    ];
    await expect(start("orphan", [...args, "-dataDir", join(folder, "orphan")])).rejects.toThrow(
      /the remote signer did not answer/,
    );
  }, 60_000);
});
