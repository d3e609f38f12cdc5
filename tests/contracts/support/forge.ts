import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the checkout. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Where `scripts/generate-contracts.mjs` leaves its build. */
const artifacts = join(root, "contracts/cache/generate/out");

export type StorageEntry = {
  readonly slot: string;
  readonly offset: number;
  readonly label: string;
  readonly type: string;
};

export type ArtifactCode = { readonly object: string; readonly linkReferences: Readonly<Record<string, unknown>> };

export type Artifact = {
  readonly source: string;
  readonly contractName: string;
  readonly abi: readonly Readonly<Record<string, unknown>>[];
  readonly bytecode: ArtifactCode;
  readonly deployedBytecode: ArtifactCode;
  readonly methodIdentifiers: Readonly<Record<string, string>>;
  readonly storageLayout?: {
    readonly storage: readonly StorageEntry[];
    readonly types: Readonly<
      Record<string, { readonly label: string; readonly members?: readonly StorageEntry[] }>
    > | null;
  };
};

export type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a program in the checkout and collects what it says; never rejects for its exit code. */
export function run(file: string, args: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` };
    execFile(file, [...args], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Path of the forge binary that the package for this platform brings. */
export function forgeBinary(): string {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const path = join(root, `node_modules/@foundry-rs/forge-${process.platform}-${arch}/bin/forge`);
  if (!existsSync(path)) throw new Error(`forge is not installed for this platform (${path}): run npm install`);
  return path;
}

/** Builds the contracts if need be and compares the committed files with the build. */
export function checkGeneratedFiles(): Promise<RunResult> {
  return run(process.execPath, ["scripts/generate-contracts.mjs", "--check"]);
}

/** Every contract of `contracts/` in the generator's build. */
export async function readArtifacts(): Promise<Artifact[]> {
  const found: Artifact[] = [];
  for (const folder of await readdir(artifacts)) {
    if (!folder.endsWith(".sol")) continue;
    for (const file of await readdir(join(artifacts, folder))) {
      const artifact = JSON.parse(await readFile(join(artifacts, folder, file), "utf8")) as Artifact & {
        readonly metadata: { readonly settings: { readonly compilationTarget: Readonly<Record<string, string>> } };
      };
      const [source, contractName] = Object.entries(artifact.metadata.settings.compilationTarget)[0] ?? ["", ""];
      if (source.startsWith("contracts/")) found.push({ ...artifact, source, contractName });
    }
  }
  return found;
}
