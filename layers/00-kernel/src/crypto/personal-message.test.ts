import { describe, expect, it } from "vitest";
import { toAddress } from "../units/address.ts";
import { paddedBigEndian, utf8 } from "../units/bytes.ts";
import { fromHex, toHex } from "../units/hex.ts";
import { keccak256 } from "./keccak.ts";
import {
  personalMessageHash,
  recoverPersonalMessage,
  signData,
  signPersonalMessage,
  verifyData,
} from "./personal-message.ts";
import { privateKeyToAddress, recoverAddress, signHash } from "./secp256k1.ts";

// the worked example of web3.js' documentation
const key = fromHex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318");
const account = toAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23");
const message = utf8("Some data");
const signature =
  "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";

describe("personal messages", () => {
  it("are hashed with Ethereum's prefix and their length in decimal", () => {
    expect(toHex(personalMessageHash(utf8("Hello World")))).toBe(
      "0xa1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2",
    );
    expect(toHex(personalMessageHash(message))).toBe(
      "0x1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655",
    );
  });

  it("are signed the same way every time, and the signer is recovered", () => {
    expect(privateKeyToAddress(key)).toBe(account);
    expect(toHex(signPersonalMessage(message, key))).toBe(signature);
    expect(recoverPersonalMessage(message, fromHex(signature))).toBe(account);
    expect(recoverPersonalMessage(utf8("Some date"), fromHex(signature))).not.toBe(account);
  });

  it("as node-level data are hashed first", () => {
    const signed = signData(message, key);
    expect(verifyData(account, message, signed)).toBe(true);
    expect(recoverPersonalMessage(keccak256(message), signed)).toBe(account);
    expect(verifyData(account, message, fromHex(signature))).toBe(false);
  });
});

describe("a signature", () => {
  const hash = keccak256(message);
  const good = signHash(hash, key);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

  it("is refused in its malleable form, although the same key made it", () => {
    const s = BigInt(toHex(good.subarray(32, 64)));
    const flipped = good.slice();
    flipped.set(paddedBigEndian(order - s, 32), 32);
    flipped[64] = (good[64] as number) === 27 ? 28 : 27;
    expect(recoverAddress(hash, good)).toBe(account);
    expect(recoverAddress(hash, flipped)).toBeUndefined();
  });

  it("is refused with another length, another v, or numbers that are no point, without an exception", () => {
    for (const bad of [
      good.subarray(0, 64),
      Uint8Array.of(...good, 0),
      new Uint8Array(65),
      new Uint8Array(65).fill(255),
      ...[0, 1, 26, 29, 255].map((v) => Uint8Array.of(...good.subarray(0, 64), v)),
      Uint8Array.of(...new Uint8Array(32), ...good.subarray(32)),
      Uint8Array.of(...good.subarray(0, 32), ...new Uint8Array(32), 27),
    ])
      expect(recoverAddress(hash, bad)).toBeUndefined();
  });

  it("needs a key in the range of the curve", () => {
    for (const bad of [new Uint8Array(32), paddedBigEndian(order, 32), new Uint8Array(31)])
      expect(() => privateKeyToAddress(bad)).toThrow(expect.objectContaining({ code: "bad_private_key" }));
  });
});
