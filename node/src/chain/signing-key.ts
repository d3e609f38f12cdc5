import { readFileSync, statSync } from "node:fs";
import { errorText, type Hex, LpError, toAddress, toHex } from "@livepeer-ts/kernel";
import { decryptKeystore, parseKeystore } from "@livepeer-ts/protocol";
import { KeystoreDir, nodeKeystoreCrypto } from "@livepeer-ts/protocol/adapters";
import type { ChainSession } from "@livepeer-ts/protocol/deploy";
import type { FlagValues } from "../flags/go-flags.ts";
import { developmentAccount } from "./development-accounts.ts";

/**
 * The private key the flags name: a key file, a keystore, or on a development chain one of the keys everybody knows.
 * Rejects with `bad_flag`, `key_file_unreadable`, `keystore_…`.
 */
export async function signingKey(flags: FlagValues, session: ChainSession): Promise<Hex> {
  const keyFile = flags.get("key-file");
  const keystore = flags.get("keystore");
  if (keyFile !== "" && keystore !== "") {
    throw new LpError({ code: "bad_flag", message: "--key-file and --keystore are both given: give one of them" });
  }
  if (keyFile !== "") return keyInFile(keyFile);
  if (keystore !== "") return keyInKeystore(flags, keystore);
  if (!(await session.isDevelopmentNode())) {
    throw new LpError({
      code: "bad_flag",
      message:
        "no key is given, and the node is not a development chain, where the keys that everybody knows would do: give --key-file or --keystore",
    });
  }
  return developmentAccount(flags.int("dev-account")).key;
}

function keyInFile(path: string): Hex {
  const text = readText(path, "--key-file").trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new LpError({
      code: "key_file_unreadable",
      message: `${path} does not hold a private key: it must be 64 hexadecimal digits and nothing else`,
    });
  }
  return `0x${text.toLowerCase()}`;
}

async function keyInKeystore(flags: FlagValues, path: string): Promise<Hex> {
  const passwordFile = flags.get("password-file");
  // An editor's last line break is not part of it.
  const password = passwordFile === "" ? "" : readText(passwordFile, "--password-file").replace(/\r?\n$/, "");
  const account = flags.get("account") === "" ? undefined : toAddress(flags.get("account"));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    return toHex(await new KeystoreDir(path).unlock(password, account));
  const file = parseKeystore(readText(path, "--keystore"));
  if (account !== undefined && file.address !== account) {
    throw new LpError({
      code: "keystore_no_account",
      message: `${path} is the file of ${file.address}, not of ${account}: give the file of --account, or its folder`,
    });
  }
  return toHex(await decryptKeystore(file, password, nodeKeystoreCrypto));
}

function readText(path: string, flag: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new LpError({
      code: "key_file_unreadable",
      message: `${flag} ${path} cannot be read: ${errorText(cause)}`,
      cause,
    });
  }
}
