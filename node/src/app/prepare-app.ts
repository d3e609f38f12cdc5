import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { LpError } from "@livepeer-ts/kernel";
import type { AppFolder } from "./app-folder.ts";

/** Says which packages were installed by us: a folder without it is its owner's, and is left alone. */
const stampName = ".livepeer-installed";
const environmentName = ".venv";
const pythonNames = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
/** Version and parts that the kit and its environment need. */
const pythonCheck = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 1)";
/** Installing packages, at most. */
const installMs = 600_000;
const checkMs = 20_000;
const keptOutput = 4000;

/**
 * Installs what the app's folder asks for, where that has not been done: packages of npm, or a virtual environment. Returns the app's
 * command, with the environment's Python where there is one. Throws `app_packages`, `python_missing`.
 */
export async function prepareApp(
  app: AppFolder,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (app.start === undefined) {
    throw new LpError({
      code: "app_folder",
      message: `app.json in ${app.path} does not say how to start the app: add "start", or serve it yourself (app register --no-start)`,
    });
  }
  await ensurePackages(app.path, say, signal);
  if (!app.usesPython) return app.start;
  return [await ensureEnvironment(app.path, say, signal), ...app.start.slice(1)];
}

async function ensurePackages(folder: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  if (manifest === undefined || !hasDependencies(manifest, folder)) return;
  const modules = join(folder, "node_modules");
  const stamp = join(modules, stampName);
  const wanted = hashOf(manifest);
  const installed = await readFile(stamp, "utf8").catch(() => undefined);
  if (installed === wanted || (installed === undefined && existsSync(modules))) return;
  say("installing packages with npm");
  const words = ["install", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", words, folder, signal);
  await writeFile(stamp, wanted);
}

function hasDependencies(manifest: string, folder: string): boolean {
  try {
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: object };
    return Object.keys(dependencies).length > 0;
  } catch (cause) {
    throw new LpError({
      code: "app_packages",
      message: `${join(folder, "package.json")} is no JSON: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** The Python of the folder's environment, which is made where it is missing. */
async function ensureEnvironment(folder: string, say: (line: string) => void, signal: AbortSignal): Promise<string> {
  const environment = join(folder, environmentName);
  const own = join(environment, "bin", "python");
  const requirements = await readFile(join(folder, "requirements.txt"), "utf8").catch(() => "");
  const stamp = join(environment, stampName);
  const wanted = hashOf(requirements);
  const installed = await readFile(stamp, "utf8").catch(() => undefined);
  if (installed === wanted || (installed === undefined && existsSync(own))) return own;
  if (!existsSync(own)) {
    const python = await findPython();
    if (python === undefined) {
      throw new LpError({
        code: "python_missing",
        message:
          "this app needs Python 3.11 or newer with venv, and none is on the PATH: install it (Debian: apt-get install python3 python3-venv), then run the same command again",
      });
    }
    say(`making a virtual environment in ${environmentName}`);
    await run(python, ["-m", "venv", environmentName], folder, signal);
  }
  if (requirements.trim() !== "") {
    say("installing requirements.txt with pip");
    const words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    await run(own, [...words, "-r", "requirements.txt"], folder, signal);
  }
  await writeFile(stamp, wanted);
  return own;
}

async function findPython(): Promise<string | undefined> {
  for (const name of pythonNames) {
    const fits = await new Promise<boolean>((resolve) => {
      spawn(name, ["-c", pythonCheck], { stdio: "ignore", timeout: checkMs })
        .once("error", () => resolve(false))
        .once("exit", (code) => resolve(code === 0));
    });
    if (fits) return name;
  }
  return undefined;
}

function run(command: string, words: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` };
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(command, words, {
      ...{ cwd: folder, env, signal, timeout: installMs },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-keptOutput);
      });
    }
    const fail = (why: string) => {
      const message = `${[command, ...words].join(" ")} ${why}\n${output.trim()}`.trim();
      reject(new LpError({ code: "app_packages", message }));
    };
    child.once("error", (error) => fail(`could not be run: ${error.message}`));
    child.once("close", (code, ended) => {
      if (code === 0) resolve();
      else fail(code === null ? `was ended by ${ended}` : `ended with code ${code}`);
    });
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
