import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, privateKeyToAddress, silentLogger } from "@livepeer-ts/kernel";
import { KeystoreDir } from "@livepeer-ts/protocol/adapters";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkFlags } from "../flags/check-flags.ts";
import { parseGoFlags } from "../flags/go-flags.ts";
import type { ChainConfig } from "../flags/node-config.ts";
import { nodeFlags } from "../flags/node-flags.ts";
import { unlockKey } from "./unlock-key.ts";

let folder: string;
let first: Address;
let second: Address;
const other = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

function config(...args: string[]): ChainConfig {
  const base = ["-gateway", "-network", "mainnet", "-ethUrl", "http://h", "-ethPassword", "pw"];
  const flags = parseGoFlags(nodeFlags, { args: [...base, ...args], env: {}, readFile: () => undefined });
  return checkFlags(flags, { home: folder }).config?.chain as ChainConfig;
}

const unlocked = async (...args: string[]) =>
  privateKeyToAddress(await unlockKey(config(...args), folder, silentLogger));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-key-"));
  const keystore = new KeystoreDir(join(folder, "keystore"));
  first = await keystore.create("pw", { strength: "light" });
  second = await keystore.create("pw", { strength: "light" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the node's key", () => {
  it("is that of the account, of the file, or one of the data folder", async () => {
    expect(await unlocked("-ethAcctAddr", second)).toBe(second);
    expect([first, second]).toContain(await unlocked());
    const names = await readdir(join(folder, "keystore"));
    const file = join(folder, "keystore", names.find((name) => name.endsWith(second.slice(2))) as string);
    expect(await unlocked("-ethKeystorePath", file)).toBe(second);
    expect(await unlocked("-ethKeystorePath", file, "-ethAcctAddr", second)).toBe(second);
    await expect(unlocked("-ethKeystorePath", file, "-ethAcctAddr", first)).rejects.toMatchObject({
      code: "keystore_no_account",
      message: expect.stringContaining("-ethKeystorePath and -ethAcctAddr must name the same account"),
    });
  });

  it("is never made anew for an account that is named and not there", async () => {
    await expect(unlocked("-ethAcctAddr", other)).rejects.toMatchObject({ code: "keystore_no_account" });
    const empty = join(folder, "empty");
    await expect(unlocked("-ethKeystorePath", empty, "-ethAcctAddr", other)).rejects.toMatchObject({
      code: "keystore_no_account",
    });
    expect(await readdir(join(folder, "keystore"))).toHaveLength(2);
  });

  it("is made for an empty keystore when no account is named, and is the same the next time", async () => {
    const made = await unlocked("-ethKeystorePath", join(folder, "new"));
    expect(await unlocked("-ethKeystorePath", join(folder, "new"))).toBe(made);
  });

  it("stays closed to a wrong password", async () => {
    await expect(unlocked("-ethAcctAddr", first, "-ethPassword", "no")).rejects.toMatchObject({
      code: "keystore_bad_password",
    });
  });
});
