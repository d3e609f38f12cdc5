import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./forge.ts";

type LinkReferences = Readonly<
  Record<string, Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>>
>;

/** A contract in Hardhat's layout. */
export type HardhatArtifact = {
  readonly _format: string;
  readonly contractName: string;
  readonly sourceName: string;
  readonly abi: readonly unknown[];
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly linkReferences: LinkReferences;
  readonly deployedLinkReferences: LinkReferences;
};

type CompiledCode = { readonly object: string; readonly sourceMap: string; readonly linkReferences: LinkReferences };

type CompiledContract = {
  readonly abi: readonly unknown[];
  readonly evm: {
    readonly bytecode: CompiledCode;
    readonly deployedBytecode: CompiledCode;
    readonly methodIdentifiers: Readonly<Record<string, string>>;
  };
};

/** Hardhat's record of a compilation. */
export type BuildInfo = {
  readonly _format: string;
  readonly id: string;
  readonly solcVersion: string;
  readonly solcLongVersion: string;
  readonly input: {
    readonly sources: Readonly<Record<string, { readonly content: string }>>;
    readonly settings: { readonly evmVersion: string };
  };
  readonly output: {
    readonly sources: Readonly<Record<string, { readonly ast: { readonly nodeType: string } }>>;
    readonly contracts: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
  };
};

/** A folder that `npm run contracts:artifacts` wrote. */
export class ExportedArtifacts {
  readonly folder: string;
  readonly printed: string;

  private constructor(folder: string, printed: string) {
    this.folder = folder;
    this.printed = printed;
  }

  /** Runs the script with some arguments after `--out`. */
  static async make(args: readonly string[]): Promise<ExportedArtifacts> {
    const folder = await mkdtemp(join(tmpdir(), "artifacts-"));
    const script = ["scripts/bootstrap.mjs", "scripts/export-artifacts.mjs", "--out", folder, ...args];
    const { code, stdout, stderr } = await run(process.execPath, script);
    if (code !== 0) throw new Error(`the export failed:\n${stdout}${stderr}`);
    return new ExportedArtifacts(folder, stdout);
  }

  async artifact(source: string, name: string): Promise<HardhatArtifact> {
    return JSON.parse(await readFile(join(this.folder, source, `${name}.json`), "utf8")) as HardhatArtifact;
  }

  /** The build-info that a contract's debug file leads to. */
  async buildInfo(source: string, name: string): Promise<BuildInfo> {
    const debug = JSON.parse(await readFile(join(this.folder, source, `${name}.dbg.json`), "utf8")) as {
      readonly _format: string;
      readonly buildInfo: string;
    };
    if (debug._format !== "hh-sol-dbg-1") throw new Error(`${source} has a debug file of the format ${debug._format}`);
    return JSON.parse(await readFile(resolve(this.folder, source, debug.buildInfo), "utf8")) as BuildInfo;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
