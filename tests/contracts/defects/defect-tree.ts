import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { forgeBinary, root } from "../support/forge.ts";

/** What forge said of each test: undefined means passed, else the reason it failed for. */
export type TestOutcomes = ReadonlyMap<string, string | undefined>;

/** Tests find the contracts in their artifacts, so that only a changed contract is compiled; nothing here is deployed for real. */
const settings = {
  FOUNDRY_DYNAMIC_TEST_LINKING: "true",
  FOUNDRY_OPTIMIZER: "false",
  FOUNDRY_EXTRA_OUTPUT: "[]",
};

/**
 * A copy, in a temporary folder, of some Solidity tests and all they import. Contracts in it may be changed without anybody
 * else seeing it.
 */
export class DefectTree {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies the tests, relative to the checkout's root, and what they need. */
  static async copy(tests: Iterable<string>): Promise<DefectTree> {
    const folder = await mkdtemp(join(tmpdir(), "livepeer-defects-"));
    for (const file of [...(await withImports(tests)), "foundry.toml", "scripts/solc-shim.mjs"]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await cp(join(root, file), join(folder, file));
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "dir");
    return new DefectTree(folder);
  }

  /** Runs the named tests of some files. Rejects when the tree does not compile. */
  async test(files: Iterable<string>, names: Iterable<string>): Promise<TestOutcomes> {
    const { output } = await this.#forge([
      "test",
      ...["--match-path", `{${[...files].join(",")},none}`],
      ...["--match-test", `^(${[...names].join("|")})\\(`],
      ...["--color", "never"],
    ]);
    const outcomes = new Map<string, string | undefined>();
    for (const [, state, reason = "", name = ""] of output.matchAll(/^\[(PASS|FAIL)(?:: (.*))?\] (\w+)\(/gm)) {
      outcomes.set(name, state === "PASS" ? undefined : reason);
    }
    if (outcomes.size === 0) throw new Error(`forge ran no test:\n${output}`);
    return outcomes;
  }

  /** Remembers the build as it is. */
  async keepBuild(): Promise<void> {
    for (const part of ["out", "cache"])
      await cp(join(this.#folder, "contracts", part), join(this.#folder, "kept", part), { recursive: true });
  }

  /** Runs `during` with one text of a file replaced, then puts file and build back. */
  async changed<T>(file: string, find: string, replace: string, during: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, file);
    const before = await readFile(path, "utf8");
    await writeFile(
      path,
      before.replace(find, () => replace),
    );
    try {
      return await during();
    } finally {
      await writeFile(path, before);
      for (const part of ["out", "cache"]) {
        await rm(join(this.#folder, "contracts", part), { recursive: true, force: true });
        await cp(join(this.#folder, "kept", part), join(this.#folder, "contracts", part), { recursive: true });
      }
    }
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  #forge(args: readonly string[]): Promise<{ output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(forgeBinary(), args, {
        cwd: this.#folder,
        env: { ...process.env, ...settings, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      const collect = (text: Buffer) => {
        output += text.toString("utf8");
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("error", reject);
      child.once("close", () => resolve({ output }));
    });
  }
}

/** Files and everything they import from the checkout, relative to its root. */
async function withImports(files: Iterable<string>): Promise<Set<string>> {
  const found = new Set<string>(files);
  for (const file of found) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, path = ""] of text.matchAll(/^import [^"]*"(\.[^"]+)";/gm)) {
      found.add(normalize(join(dirname(file), path)));
    }
  }
  return found;
}
