import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Address, errorText, type Logger, LpError } from "@livepeer-ts/kernel";
import { decryptKeystore, parseKeystore } from "@livepeer-ts/protocol";
import { KeystoreDir, nodeKeystoreCrypto } from "@livepeer-ts/protocol/adapters";
import type { ChainConfig } from "../flags/node-config.ts";

/**
 * The node's private key. An empty keystore gets a new account, as with go-livepeer; an account that is named but not there is
 * an error, since nobody wants to start with another one by a slip of the pen. Rejects with `keystore_…`.
 */
export async function unlockKey(config: ChainConfig, dataDir: string, logger: Logger): Promise<Uint8Array> {
  const { account, password, keystorePath } = config;
  if (keystorePath !== undefined && (await isFile(keystorePath))) return unlockFile(keystorePath, account, password);
  const keystore = new KeystoreDir(keystorePath ?? join(dataDir, "keystore"));
  if (account === undefined && (await keystore.list()).length === 0) {
    logger.info("new account created", { address: await keystore.create(password) });
  }
  return keystore.unlock(password, account);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function unlockFile(path: string, account: Address | undefined, password: string): Promise<Uint8Array> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new LpError({
      code: "keystore_unreadable",
      message: `the keystore file ${path} cannot be read (${errorText(cause)}): check -ethKeystorePath`,
      cause,
    });
  });
  const file = parseKeystore(text);
  if (account !== undefined && account !== file.address) {
    throw new LpError({
      code: "keystore_no_account",
      message: `${path} is the key of ${file.address}, not of ${account}: -ethKeystorePath and -ethAcctAddr must name the same account`,
    });
  }
  return decryptKeystore(file, password, nodeKeystoreCrypto);
}
