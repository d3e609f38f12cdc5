import { createCipheriv, pbkdf2, randomBytes, scrypt } from "node:crypto";
import { chmod, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Address, LpError, privateKeyToAddress } from "@livepeer-ts/kernel";
import {
  decryptKeystore,
  encryptKeystore,
  type KeystoreCrypto,
  type KeystoreFile,
  type KeystoreStrength,
  keystoreFileName,
  parseKeystore,
} from "../keystore/keystore-json.ts";

const derivePbkdf2 = promisify(pbkdf2);

/** `KeystoreCrypto` on Node's own cryptography; derivation runs in the thread pool. */
export const nodeKeystoreCrypto: KeystoreCrypto = {
  derive(password, kdf) {
    if (kdf.name === "pbkdf2") return derivePbkdf2(password, kdf.salt, kdf.c, kdf.dklen, "sha256");
    const options = { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: 256 * kdf.n * kdf.r + 128 * kdf.r * kdf.p + 1024 * 1024 };
    return new Promise((resolve, reject) => {
      scrypt(password, kdf.salt, kdf.dklen, options, (error, key) => (error === null ? resolve(key) : reject(error)));
    });
  },
  aes128Ctr(key, iv, data) {
    const cipher = createCipheriv("aes-128-ctr", key, iv);
    return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
  },
};

/** A folder of go-ethereum keystore files. */
export class KeystoreDir {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** All readable keystore files, by file name, so the oldest first. Other files are passed over. */
  async list(): Promise<readonly { readonly path: string; readonly file: KeystoreFile }[]> {
    let names: string[];
    try {
      names = (await readdir(this.#path)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
    const found = [];
    for (const name of names) {
      if (name.startsWith(".") || name.endsWith("~")) continue;
      const path = join(this.#path, name);
      try {
        found.push({ path, file: parseKeystore(await readFile(path, "utf8")) });
      } catch {
        // editors and backups leave other files here
      }
    }
    return found;
  }

  /** The file of an account; without an address the first one. Throws `keystore_no_account`. */
  async find(address?: Address): Promise<KeystoreFile> {
    const files = await this.list();
    const match = files.find(({ file }) => address === undefined || file.address === address);
    if (match !== undefined) return match.file;
    throw new LpError({
      code: "keystore_no_account",
      message:
        address === undefined
          ? `there is no account in ${this.#path}: start the node once to create one, or copy a keystore file there`
          : `the account ${address} is not in ${this.#path}: copy its keystore file there, or give another -ethAcctAddr`,
    });
  }

  /** Private key of an account. Throws `keystore_no_account`, `keystore_bad_password`. */
  async unlock(password: string, address?: Address): Promise<Uint8Array> {
    return decryptKeystore(await this.find(address), password, nodeKeystoreCrypto);
  }

  /** Makes a new account, or stores the given key. The file is complete on disk when the promise resolves. */
  async create(
    password: string,
    options: { privateKey?: Uint8Array; strength?: KeystoreStrength } = {},
  ): Promise<Address> {
    const privateKey = options.privateKey ?? newPrivateKey();
    const address = privateKeyToAddress(privateKey);
    const random = new Uint8Array(randomBytes(64));
    const text = await encryptKeystore(
      privateKey,
      password,
      options.strength ?? "standard",
      random,
      nodeKeystoreCrypto,
    );
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    await chmod(this.#path, 0o700);
    const name = keystoreFileName(address, new Date().toISOString());
    const temporary = join(this.#path, `.${name}.tmp`);
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(this.#path, name));
    const folder = await open(this.#path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return address;
  }
}

function newPrivateKey(): Uint8Array {
  for (;;) {
    const key = new Uint8Array(randomBytes(32));
    try {
      privateKeyToAddress(key);
      return key;
    } catch {
      // outside the group order: one in 2^128
    }
  }
}
