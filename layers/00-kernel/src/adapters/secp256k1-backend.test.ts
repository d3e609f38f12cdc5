import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selectSecp256k1Backend } from "./secp256k1-backend.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("the signature back ends", () => {
  it("sign, recover and refuse alike", () => {
    const [native, wasm] = [selectSecp256k1Backend("native"), selectSecp256k1Backend("wasm")];
    expect([native.name, wasm.name]).toEqual(["native", "wasm"]);
    fc.assert(
      fc.property(bytes32, bytes32, fc.uint8Array({ minLength: 64, maxLength: 64 }), (hash, key, noise) => {
        const publicKey = native.publicKey(key);
        expect(wasm.publicKey(key)).toEqual(publicKey);
        fc.pre(publicKey !== undefined);
        const signed = native.sign(hash, key);
        expect(wasm.sign(hash, key)).toEqual(signed);
        for (const backend of [native, wasm])
          expect(backend.recover(hash, signed.signature, signed.recovery)).toEqual(publicKey);
        expect(wasm.recover(hash, noise, 0)).toEqual(native.recover(hash, noise, 0));
      }),
      { numRuns: 50 },
    );
  });

  it("are chosen native first", () => {
    expect(selectSecp256k1Backend(undefined).name).toBe("native");
    expect(selectSecp256k1Backend("").name).toBe("native");
    expect(() => selectSecp256k1Backend("elliptic")).toThrow(
      expect.objectContaining({ code: "secp256k1_unavailable" }),
    );
  });
});

describe("without the prebuilt native code", () => {
  let root: string;

  /** A copy of the kernel whose `secp256k1` lacks its binaries, with the other packages as they are. */
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "livepeer-kernel-"));
    const packages = join(import.meta.dirname, "..", "..", "..", "..", "node_modules");
    await cp(join(import.meta.dirname, ".."), join(root, "src"), { recursive: true });
    await mkdir(join(root, "node_modules"));
    for (const name of await readdir(packages)) {
      if (name.startsWith(".")) continue;
      const [from, to] = [join(packages, name), join(root, "node_modules", name)];
      const isKept = (path: string) => !/[/\\](prebuilds|build)$/.test(path);
      await (name === "secp256k1" ? cp(from, to, { recursive: true, filter: isKept }) : symlink(from, to));
    }
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  function run(
    code: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ status: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      cwd: root,
      env: { ...process.env, LIVEPEER_SECP256K1: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      err += String(chunk);
    });
    return new Promise((resolve) => child.once("close", (status) => resolve({ status, out, err })));
  }

  const report = `
    import { createRequire } from "node:module";
    const kernel = await import("./src/index.ts");
    const key = kernel.paddedBigEndian(1n, 32);
    const hash = kernel.keccak256(kernel.utf8("x"));
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify({
      backend: kernel.activeSecp256k1Backend(),
      signer: kernel.recoverAddress(hash, kernel.signHash(hash, key)),
      slow: loaded.filter((path) => /elliptic/.test(path)),
    }));`;

  it("WebAssembly checks signatures, never the slow JavaScript of the package", async () => {
    const { out, err } = await run(report);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual({
      backend: "wasm",
      signer: "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
      slow: [],
    });
  });

  it("a node that insists on native does not start, and says what to do", async () => {
    const { status, err } = await run(report, { LIVEPEER_SECP256K1: "native" });
    expect(status).not.toBe(0);
    expect(err).toContain("no fast secp256k1 back end could be loaded");
    expect(err).toContain("run npm install again");
  });

  it("and without WebAssembly either, nothing starts", async () => {
    await rm(join(root, "node_modules", "tiny-secp256k1"));
    const { status, err } = await run(report);
    expect(status).not.toBe(0);
    expect(err).toMatch(/native: .*; wasm: /s);
  });
});
