import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex, privateKeyToAddress, toAddress, toHex } from "@livepeer-ts/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keystoreFileName, parseKeystore } from "../keystore/keystore-json.ts";
import { KeystoreDir } from "./keystore-dir.ts";

// made by eth-account 0.14.0 (Python) from this key and password
const key = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const password = "correct horse";
const account = toAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23");
const fixtures = join(import.meta.dirname, "..", "testing", "fixtures");

let folder: string;
let keystore: KeystoreDir;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-keystore-"));
  keystore = new KeystoreDir(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a keystore folder", () => {
  it.each(["scrypt", "pbkdf2"])("opens a file that another program made with %s", async (kdf) => {
    await copyFile(join(fixtures, `keystore-${kdf}.json`), join(folder, "UTC--2026-01-01T00-00-00.000000000Z--x"));
    expect(toHex(await keystore.unlock(password, account))).toBe(key);
  });

  it("refuses a wrong password and says which flag to check", async () => {
    await copyFile(join(fixtures, "keystore-scrypt.json"), join(folder, "a"));
    await expect(keystore.unlock("wrong")).rejects.toMatchObject({ code: "keystore_bad_password" });
  });

  it("makes a file that only the owner can read, named as geth names it, and opens it again", async () => {
    const made = await keystore.create("secret", { strength: "light" });
    const [name = ""] = await readdir(folder);
    expect(name).toMatch(new RegExp(`^UTC--\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{9}Z--${made.slice(2)}$`));
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(privateKeyToAddress(await keystore.unlock("secret", made))).toBe(made);
  });

  it("stores a given key", async () => {
    expect(await keystore.create("secret", { strength: "light", privateKey: fromHex(key) })).toBe(account);
    expect(toHex(await keystore.unlock("secret"))).toBe(key);
  });

  it("passes over files that are no keystores and says when an account is not there", async () => {
    await writeFile(join(folder, "notes.txt"), "hello");
    await writeFile(join(folder, ".hidden"), "{}");
    expect(await keystore.list()).toEqual([]);
    await expect(keystore.find()).rejects.toMatchObject({ code: "keystore_no_account" });
    await expect(keystore.find(account)).rejects.toThrow(account);
    expect(await new KeystoreDir(join(folder, "missing")).list()).toEqual([]);
  });

  it.each([
    ["not JSON", "{"],
    ["another version", '{"version":1}'],
    ["no crypto", `{"version":3,"address":"${account}"}`],
    [
      "scrypt that would eat the memory",
      `{"version":3,"address":"${account}","crypto":{"cipher":"aes-128-ctr","kdf":"scrypt","kdfparams":{"dklen":32,"n":1073741824,"r":8,"p":1,"salt":"00"}}}`,
    ],
  ])("refuses a file with %s", (_what, text) => {
    expect(() => parseKeystore(text)).toThrow(/not a V3 keystore file/);
  });

  it("names files after time and account", () => {
    expect(keystoreFileName(account, "2026-01-02T03:04:05.678Z")).toBe(
      "UTC--2026-01-02T03-04-05.678000000Z--2c7536e3605d9c16a7a3d7b1898e529396a65c23",
    );
  });
});
