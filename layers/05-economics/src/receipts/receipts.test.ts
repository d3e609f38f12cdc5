import {
  hashFromBytes,
  keccak256,
  LpError,
  paddedBigEndian,
  silentLogger,
  toHex,
  zeroAddress,
  zeroHash,
} from "@livepeer-ts/kernel";
import { Simulation, simRandom } from "@livepeer-ts/kernel/testing";
import { hashTypedData } from "viem/utils";
import { describe, expect, it } from "vitest";
import { createKeySigner } from "../signer/key-signer.ts";
import { memoryReceiptStore } from "../testing/memory-receipt-store.ts";
import { canonicalCbor } from "./canonical-cbor.ts";
import { decodeReceipt, encodeReceipt, type Receipt, receiptDigest, receiptHash } from "./receipt.ts";
import { createReceiptIssuer } from "./receipt-issuer.ts";
import { createReceiptReader } from "./receipt-reader.ts";

const signer = createKeySigner(paddedBigEndian(11n, 32));
const domain = { chainId: 31337n, verifyingContract: zeroAddress };
const hash = (n: number) => hashFromBytes(keccak256(Uint8Array.of(n)));
const profile = {
  name: "240p",
  width: 426,
  height: 240,
  bitrateBps: 250_000,
  fps: 30,
  fpsDen: 0,
  format: "mpegts",
  encoderProfile: "none",
  gopMs: 0,
  codec: "h264",
  colorDepthMinus8: 0,
  chroma: 0,
  quality: 0,
} as const;
const work = {
  sessionId: "abcd0123",
  manifestId: "movie",
  gateway: signer.address,
  sourceHash: hash(1),
  profiles: [profile],
  resultsHash: hash(2),
  pixelCount: 6_134_400n,
};
const expected = { ...work, orchestrator: signer.address };

async function newIssuer(store = memoryReceiptStore(), seed = 1) {
  const { clock } = new Simulation(1).host("orchestrator");
  return createReceiptIssuer({ domain }, { signer, store, clock, random: simRandom(seed), round: () => 10n });
}

describe("receipts", () => {
  it("hash as EIP-712 says, judged by another implementation", () => {
    const receipt: Receipt = {
      orchestrator: signer.address,
      session: hash(1),
      epoch: 2n ** 63n - 1n,
      index: 4n,
      sourceHash: hash(2),
      paramsHash: hash(3),
      resultsHash: hash(4),
      sourceFramesRoot: zeroHash,
      pixelCount: 99n,
      round: 5n,
      prev: hash(6),
    };
    const { pixelCount, ...rest } = receipt;
    const field = (name: string, type: string) => ({ name, type });
    const digest = hashTypedData({
      domain: { name: "LivepeerVerifier", version: "1", chainId: 31337, verifyingContract: zeroAddress },
      primaryType: "Receipt",
      types: {
        Receipt: [
          field("orchestrator", "address"),
          field("session", "bytes32"),
          field("epoch", "uint64"),
          field("index", "uint64"),
          field("sourceHash", "bytes32"),
          field("paramsHash", "bytes32"),
          field("resultsHash", "bytes32"),
          field("sourceFramesRoot", "bytes32"),
          field("pixels", "uint64"),
          field("round", "uint64"),
          field("prev", "bytes32"),
        ],
      },
      message: { ...rest, pixels: pixelCount },
    });
    expect(toHex(receiptDigest(receiptHash(receipt), domain))).toBe(digest);
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    expect(() => decodeReceipt(new Uint8Array(10))).toThrow(/not an encoded receipt/);
  });

  it("are numbered and chained without a gap, also when asked for at once", async () => {
    const store = memoryReceiptStore();
    const issuer = await newIssuer(store);
    const issued = await Promise.all([1, 2, 3, 4].map(() => issuer.issue(work)));
    const receipts = issued.map(({ header }) => decodeReceipt(new Uint8Array(Buffer.from(header, "base64"))));
    expect(receipts.map(({ index }) => index)).toEqual([0n, 1n, 2n, 3n]);
    expect(receipts.map(({ prev }) => prev)).toEqual([zeroHash, ...issued.slice(0, 3).map((one) => one.hash)]);
    expect(await store.list({ side: "issued", limit: 10 })).toHaveLength(4);
  });

  it("never reuse a number: not after a restart, not after the store failed", async () => {
    const inner = memoryReceiptStore();
    let isFull = false;
    const store: typeof inner = {
      ...inner,
      append: async (record) => {
        if (isFull) throw new LpError({ code: "disk_full", message: "no space left" });
        await inner.append(record);
      },
    };
    const first = await newIssuer(store, 1);
    await first.issue(work);
    isFull = true;
    await expect(first.issue(work)).rejects.toThrow("no space left");
    isFull = false;
    await first.issue(work);
    const second = await newIssuer(store, 2);
    await second.issue(work);
    const keys = (await inner.list({ side: "issued", limit: 10 })).map(({ epoch, index }) => `${epoch}/${index}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(keys.map((key) => key.split("/")[0])).size).toBe(2);
  });

  it("are read, compared with the work and kept", async () => {
    const store = memoryReceiptStore();
    const simulation = new Simulation(1);
    const { clock, tasks } = simulation.host("gateway");
    const reader = createReceiptReader({ domain, keep: { store, clock, tasks, logger: silentLogger } });
    const { header, signatureHeader, hash: issuedHash } = await (await newIssuer()).issue(work);
    expect(reader.read(header, signatureHeader, expected)).toEqual({ hash: issuedHash, pixelCount: 6_134_400n });
    await simulation.run(1);
    expect(await store.list({ side: "received", limit: 10 })).toHaveLength(1);
    for (const [field, change] of Object.entries({
      session: { manifestId: "other" },
      "source hash": { sourceHash: hash(9) },
      parameters: { profiles: [{ ...profile, width: 428 }] },
      "results hash": { resultsHash: hash(9) },
      signer: { orchestrator: zeroAddress },
    })) {
      expect(() => reader.read(header, signatureHeader, { ...expected, ...change })).toThrow(`${field} differs`);
    }
    const other = createReceiptReader({ domain: { ...domain, chainId: 1n } });
    expect(() => other.read(header, signatureHeader, expected)).toThrow("signer differs");
  });

  it("encode parameters as RFC 8949 wants it", () => {
    expect(toHex(canonicalCbor({ b: 1, aa: [true, null], a: -500n }))).toBe("0xa361613901f361620162616182f5f6");
    expect(toHex(canonicalCbor([23, 24, 255, 256, 65536, 2n ** 32n]))).toBe(
      "0x86171818" + "18ff190100" + "1a00010000" + "1b0000000100000000",
    );
    expect(() => canonicalCbor(1.5)).toThrow(/not an integer/);
  });
});
