import {
  type Address,
  concatBytes,
  equalBytes,
  fromHex,
  keccak256,
  LpError,
  privateKeyToAddress,
  toAddress,
  toHex,
} from "@livepeer-ts/kernel";

/** Key derivation of a keystore file. */
export type KeystoreKdf =
  | {
      readonly name: "scrypt";
      readonly n: number;
      readonly r: number;
      readonly p: number;
      readonly dklen: number;
      readonly salt: Uint8Array;
    }
  | { readonly name: "pbkdf2"; readonly c: number; readonly dklen: number; readonly salt: Uint8Array };

/** The parts of cryptography that a keystore needs from the platform. */
export interface KeystoreCrypto {
  derive(password: string, kdf: KeystoreKdf): Promise<Uint8Array>;
  /** AES-128 in counter mode; the same call encrypts and decrypts. */
  aes128Ctr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
}

/** A go-ethereum V3 keystore file, parsed. */
export type KeystoreFile = {
  readonly address: Address;
  readonly id: string;
  readonly kdf: KeystoreKdf;
  readonly iv: Uint8Array;
  readonly cipherText: Uint8Array;
  readonly mac: Uint8Array;
};

/** Memory bound of scrypt in a file from elsewhere, bytes (128 · n · r). */
const maxScryptBytes = 1024 * 1024 * 1024;

function bad(what: string, cause?: unknown): LpError {
  return new LpError({
    code: "keystore_bad_file",
    message: `this is not a V3 keystore file that can be read (${what}): use a file made by geth, cast or this program`,
    ...(cause === undefined ? {} : { cause }),
  });
}

type Raw = { [key: string]: unknown };
const object = (value: unknown, what: string): Raw => {
  if (typeof value !== "object" || value === null) throw bad(`${what} is missing`);
  return value as Raw;
};
const integer = (value: unknown, what: string): number => {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value <= 0)
    throw bad(`${what} is not a positive number`);
  return value;
};
const bytes = (value: unknown, what: string): Uint8Array => {
  if (typeof value !== "string") throw bad(`${what} is missing`);
  try {
    return fromHex(value);
  } catch (cause) {
    throw bad(`${what} is not hexadecimal`, cause);
  }
};

/** Reads a keystore file. Field names match in any case, as in geth. Throws `keystore_bad_file`. */
export function parseKeystore(text: string): KeystoreFile {
  let root: Raw;
  try {
    root = object(lowerKeys(JSON.parse(text)), "the object");
  } catch (cause) {
    throw cause instanceof LpError ? cause : bad("it is not JSON", cause);
  }
  if (root["version"] !== 3) throw bad(`version ${JSON.stringify(root["version"]) ?? "missing"}`);
  const crypto = object(root["crypto"], "crypto");
  if (crypto["cipher"] !== "aes-128-ctr") throw bad(`cipher ${String(crypto["cipher"])}`);
  const params = object(crypto["kdfparams"], "kdfparams");
  const dklen = integer(params["dklen"], "dklen");
  if (dklen < 32 || dklen > 64) throw bad("dklen");
  const salt = bytes(params["salt"], "salt");
  if (typeof root["address"] !== "string") throw bad("address is missing");
  return {
    address: toAddress(root["address"]),
    id: typeof root["id"] === "string" ? root["id"] : "",
    kdf: parseKdf(crypto["kdf"], params, dklen, salt),
    iv: bytes(object(crypto["cipherparams"], "cipherparams")["iv"], "iv"),
    cipherText: bytes(crypto["ciphertext"], "ciphertext"),
    mac: bytes(crypto["mac"], "mac"),
  };
}

function parseKdf(name: unknown, params: Raw, dklen: number, salt: Uint8Array): KeystoreKdf {
  if (name === "scrypt") {
    const [n, r, p] = [integer(params["n"], "n"), integer(params["r"], "r"), integer(params["p"], "p")];
    if (128 * n * r > maxScryptBytes || p > 64) throw bad("scrypt parameters need too much memory");
    return { name: "scrypt", n, r, p, dklen, salt };
  }
  if (name === "pbkdf2") {
    if (params["prf"] !== "hmac-sha256") throw bad(`prf ${String(params["prf"])}`);
    const c = integer(params["c"], "c");
    if (c > 100_000_000) throw bad("c is too large");
    return { name: "pbkdf2", c, dklen, salt };
  }
  throw bad(`kdf ${String(name)}`);
}

function lowerKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowerKeys(inner)]));
}

/** The private key. Throws `keystore_bad_password`. */
export async function decryptKeystore(
  file: KeystoreFile,
  password: string,
  crypto: KeystoreCrypto,
): Promise<Uint8Array> {
  const derived = await crypto.derive(password, file.kdf);
  if (!equalBytes(keccak256(concatBytes(derived.subarray(16, 32), file.cipherText)), file.mac)) {
    throw new LpError({
      code: "keystore_bad_password",
      message: `could not decrypt key of ${file.address} with given password: check -ethPassword`,
    });
  }
  const key = crypto.aes128Ctr(derived.subarray(0, 16), file.iv, file.cipherText);
  if (privateKeyToAddress(key) !== file.address) throw bad("its key belongs to another address");
  return key;
}

/** Strength of a new file: geth's standard, or its light one for development. */
export type KeystoreStrength = "standard" | "light";

/** Encrypts a private key. `random` gives 64 bytes: salt (32), iv (16), id (16). Returns the text of the file. */
export async function encryptKeystore(
  privateKey: Uint8Array,
  password: string,
  strength: KeystoreStrength,
  random: Uint8Array,
  crypto: KeystoreCrypto,
): Promise<string> {
  const salt = random.slice(0, 32);
  const iv = random.slice(32, 48);
  const id = random.slice(48, 64);
  id[6] = ((id[6] as number) & 0x0f) | 0x40;
  id[8] = ((id[8] as number) & 0x3f) | 0x80;
  const cost = strength === "standard" ? { n: 262_144, r: 8, p: 1 } : { n: 4096, r: 8, p: 6 };
  const derived = await crypto.derive(password, { name: "scrypt", ...cost, dklen: 32, salt });
  const cipherText = crypto.aes128Ctr(derived.subarray(0, 16), iv, privateKey);
  const hex = (value: Uint8Array) => toHex(value).slice(2);
  return JSON.stringify({
    address: privateKeyToAddress(privateKey).slice(2),
    crypto: {
      cipher: "aes-128-ctr",
      ciphertext: hex(cipherText),
      cipherparams: { iv: hex(iv) },
      kdf: "scrypt",
      kdfparams: { dklen: 32, n: cost.n, p: cost.p, r: cost.r, salt: hex(salt) },
      mac: hex(keccak256(concatBytes(derived.subarray(16, 32), cipherText))),
    },
    id: hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    version: 3,
  });
}

/** Name of a keystore file as geth makes it; `isoTime` is a UTC time such as `2026-01-02T03:04:05.678Z`. */
export function keystoreFileName(address: Address, isoTime: string): string {
  const fraction = /\.(\d+)Z$/.exec(isoTime)?.[1] ?? "0";
  const seconds = isoTime.replace(/(\.\d+)?Z$/, "").replaceAll(":", "-");
  return `UTC--${seconds}.${fraction.padEnd(9, "0")}Z--${address.slice(2)}`;
}
