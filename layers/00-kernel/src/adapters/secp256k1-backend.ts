import { createRequire } from "node:module";
import { LpError } from "../errors/lp-error.ts";

/** Curve arithmetic. Public keys are 65 bytes uncompressed. */
export interface Secp256k1Backend {
  readonly name: "native" | "wasm";
  sign(hash: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recovery: number };
  recover(hash: Uint8Array, signature: Uint8Array, recovery: number): Uint8Array | undefined;
  publicKey(privateKey: Uint8Array): Uint8Array | undefined;
}

type NativeAddon = {
  ecdsaSign(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number };
  ecdsaRecover(signature: Uint8Array, recid: number, hash: Uint8Array, compressed: boolean): Uint8Array;
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
};

const load = createRequire(import.meta.url);

function attempt(run: () => Uint8Array): Uint8Array | undefined {
  try {
    return run();
  } catch {
    return undefined; // the libraries throw for keys and signatures off the curve
  }
}

/** The prebuilt addon of `secp256k1`, loaded past the package's own entry, which would fall back to slow JavaScript in silence. */
function loadNative(): Secp256k1Backend {
  const bindings = load("secp256k1/bindings.js") as NativeAddon;
  return {
    name: "native",
    sign(hash, privateKey) {
      const { signature, recid } = bindings.ecdsaSign(hash, privateKey);
      return { signature, recovery: recid };
    },
    recover: (hash, signature, recovery) => attempt(() => bindings.ecdsaRecover(signature, recovery, hash, false)),
    publicKey: (privateKey) => attempt(() => bindings.publicKeyCreate(privateKey, false)),
  };
}

type WasmModule = {
  signRecoverable(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recoveryId: number };
  recover(hash: Uint8Array, signature: Uint8Array, recovery: number, compressed: boolean): Uint8Array | null;
  pointFromScalar(key: Uint8Array, compressed: boolean): Uint8Array | null;
};

function loadWasm(): Secp256k1Backend {
  const wasm = load("tiny-secp256k1") as WasmModule;
  return {
    name: "wasm",
    sign(hash, privateKey) {
      const { signature, recoveryId } = wasm.signRecoverable(hash, privateKey);
      return { signature, recovery: recoveryId };
    },
    recover: (hash, signature, recovery) => {
      const key = attempt(() => wasm.recover(hash, signature, recovery, false) ?? new Uint8Array(0));
      return key === undefined || key.length === 0 ? undefined : key;
    },
    publicKey: (privateKey) => {
      const key = attempt(() => wasm.pointFromScalar(privateKey, false) ?? new Uint8Array(0));
      return key === undefined || key.length === 0 ? undefined : key;
    },
  };
}

/**
 * Native when its prebuilt binary loads, else WebAssembly; never the pure JavaScript fallback (30 times slower).
 * `LIVEPEER_SECP256K1=wasm|native` forces one. Throws `secp256k1_unavailable` when neither loads.
 */
export function selectSecp256k1Backend(forced: string | undefined): Secp256k1Backend {
  const failures: string[] = [];
  for (const [name, loader] of [
    ["native", loadNative],
    ["wasm", loadWasm],
  ] as const) {
    if (forced !== undefined && forced !== "" && forced !== name) continue;
    try {
      return loader();
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new LpError({
    code: "secp256k1_unavailable",
    message: `no fast secp256k1 back end could be loaded (${failures.join("; ")}): run npm install again, or unset LIVEPEER_SECP256K1`,
  });
}

export const secp256k1Backend: Secp256k1Backend = selectSecp256k1Backend(process.env["LIVEPEER_SECP256K1"]);
