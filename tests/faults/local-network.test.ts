import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { nodeDatabaseFiles } from "@livepeer-ts/data";
import type { OrchestratorInfo } from "@livepeer-ts/execution";
import { bigEndianToBigInt, checksumAddress, fromHex, privateKeyToAddress } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lostSegments, ServedStream } from "../../node/src/demo/served-stream.ts";
import { developmentKeys } from "../../node/src/up/development-keys.ts";
import type { NetworkFile } from "../../node/src/up/network-file.ts";
import { until } from "../support/until.ts";
import { CheatingGateway } from "./cheating-gateway.ts";
import { StartedNetwork } from "./started-network.ts";

/** How long the Ethereum node is away. */
const outageMs = 20_000;
/** Blocks for which an offer holds. */
const offerBlocks = 40;
const supervisor = /--disable-warning=\S+ \S+\/main\.ts up/;
const ready = "Ctrl-C stops everything";
/** One of anvil's accounts that the local network does not use: it has ether, no deposit and no reserve. */
const strangerKey = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6";

let folder = "";
let network: StartedNetwork;
let file: NetworkFile;
let served: ServedStream;
const net = new NodeNet();

const start = (...args: string[]) => new StartedNetwork(join(folder, "network"), args);

/** Calls the chain by JSON-RPC. */
async function chain<T>(method: string, params: readonly unknown[]): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${file.ports.chain}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return ((await answer.json()) as { result: T }).result;
}

/** Winning tickets in the orchestrators' own files. */
function winners(): { won: number; redeemed: number } {
  const sum = { won: 0, redeemed: 0 };
  for (const name of ["orchestrator-a", "orchestrator-b"]) {
    const db = new DatabaseSync(join(network.folder, name, nodeDatabaseFiles.livepeer), { readOnly: true });
    const row = db.prepare("SELECT count(*) AS won, count(redeemedAt) AS redeemed FROM ticketQueue").get();
    sum.won += Number(row?.["won"]);
    sum.redeemed += Number(row?.["redeemed"]);
    db.close();
  }
  return sum;
}

/** Block after which an offer's tickets are not taken any more. */
const expirationOf = (offer: Pick<OrchestratorInfo, "ticketParams">) =>
  bigEndianToBigInt(offer.ticketParams?.expirationBlock ?? new Uint8Array());

const complete = () => Math.min(...served.counts().values());

/** Resolves when the sample stream has brought two more segments in every rendition. */
async function streamGoesOn(): Promise<void> {
  const before = complete();
  await until("the stream goes on", () => served.counts().size === 3 && complete() >= before + 2);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-start-"));
  network = start("--ports", "free", "--block-time", "0.25");
  await network.printed(ready);
  file = await network.file();
  const gateway = `http://127.0.0.1:${file.ports.gatewayHttp}`;
  served = new ServedStream(`${gateway}/stream/${file.sample?.playbackId}.m3u8`, join(folder, "served"));
  served.start();
  await until("the stream is served", () => served.counts().size === 3);
}, 150_000);

afterAll(async () => {
  network?.signal("SIGKILL");
  await net.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("npm start", () => {
  it("refuses to start the same network twice, and the first goes on", async () => {
    for (const again of [start(), start("--reset"), start("--ports", "free")]) {
      expect(await again.exited).not.toBe(0);
      expect(again.output).toContain("is running from");
      expect(again.output).toContain("use that one, stop it with Ctrl-C, or give another --data-dir");
    }
    expect(await network.file()).toEqual(file);
    await streamGoesOn();
  }, 60_000);
});

describe("an orchestrator on chain", () => {
  it("refuses replayed, altered and stale requests with the protocol's texts", async () => {
    const [a, b] = file.ports.orchestrators.map((port) => `https://127.0.0.1:${port}`) as [string, string];
    const gateway = new CheatingGateway(developmentKeys.gateway, net);
    const sender = checksumAddress(privateKeyToAddress(fromHex(developmentKeys.gateway)));
    const work = await gateway.work(await gateway.offer(a));
    expect(await gateway.send(a, work)).toBe("200");
    expect(await gateway.send(a, work)).toBe(
      `400 invalid ticket senderNonce: already seen sender=${sender} nonce=${work.payment.ticketSenderParams.at(-1)?.senderNonce}`,
    );
    const altered = await gateway.work(await gateway.offer(a));
    altered.segment.seq += 1n;
    expect(await gateway.send(a, altered)).toBe("403 ErrSegSig");
    expect(await gateway.send(a, await gateway.work(await gateway.offer(b)))).toBe("403 invalid auth token");
    const forged = await gateway.work(await gateway.offer(a));
    for (const ticket of forged.payment.ticketSenderParams)
      ticket.sig = work.payment.ticketSenderParams[0]?.sig ?? ticket.sig;
    expect(await gateway.send(a, forged)).toBe("400 invalid ticket signature");
    const stale = await gateway.work(await gateway.offer(a));
    await chain("anvil_mine", [`0x${(2 * offerBlocks).toString(16)}`]);
    await until("the orchestrator has seen the blocks", async () => {
      const now = expirationOf(await gateway.offer(a));
      return now > expirationOf({ ticketParams: stale.payment.ticketParams }) + BigInt(offerBlocks);
    });
    expect(await gateway.send(a, stale)).toBe("400 TicketParams expired");
    await expect(new CheatingGateway(strangerKey, net).offer(a)).rejects.toThrow("insufficient sender reserve");
    await streamGoesOn();
  }, 60_000);
});

describe("an Ethereum node that hangs", () => {
  it("stops no stream: segments are delivered and paid, and what was won is redeemed when it is back", async () => {
    await until("a ticket was redeemed", () => winners().redeemed > 0, 60_000);
    const anvil = network.process(/^\S+\/anvil --host/);
    const before = { ...winners(), segments: complete(), sent: (await network.state()).payments.sent };
    process.kill(anvil.pid, "SIGSTOP");
    try {
      const end = performance.now() + outageMs;
      await until("the outage is over", () => performance.now() > end, outageMs + 10_000);
      await streamGoesOn();
      const during = { ...winners(), segments: complete(), sent: (await network.state()).payments.sent };
      expect(during.segments).toBeGreaterThanOrEqual(before.segments + outageMs / 2000 - 3);
      expect(during.sent).toBeGreaterThan(before.sent);
      expect(during.won).toBeGreaterThan(before.won);
      expect(during.redeemed).toBe(before.redeemed);
    } finally {
      process.kill(anvil.pid, "SIGCONT");
    }
    const { won } = winners();
    await until("everything that was won is redeemed", () => winners().redeemed >= won, 60_000);
    await streamGoesOn();
  }, 150_000);
});

describe("the end of a local network", () => {
  it("by Ctrl-C leaves no process, and the stream lost nothing until then", async () => {
    expect(network.processes.length).toBeGreaterThan(6);
    network.signal("SIGINT");
    await network.gone();
    expect(network.output).toContain("Stopping the local network");
    const tracks = await served.finish();
    const last = Math.min(...tracks.map(({ seqNos }) => seqNos.at(-1) ?? 0));
    expect(lostSegments(tracks.map(({ name, seqNos }) => ({ name, seqNos: seqNos.filter((n) => n <= last) })))).toBe(0);
  }, 60_000);

  it("by a kill of its supervisor leaves no process either", async () => {
    network = start();
    await network.printed(ready);
    process.kill(network.process(supervisor).pid, "SIGKILL");
    await network.gone();
  }, 150_000);

  it("by a kill while it still starts leaves no process either", async () => {
    network = start();
    await network.printed("start the chain");
    await until("a role starts", () => network.processes.some(({ command }) => /main\.ts (platform|-)/.test(command)));
    process.kill(network.process(supervisor).pid, "SIGKILL");
    await network.gone();
  }, 150_000);
});
