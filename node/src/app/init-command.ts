import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LpError } from "@livepeer-ts/kernel";
import { checkAppTerms } from "@livepeer-ts/sdk/app";
import { type AppCall, type AppCommand, badCall } from "./app-option.ts";

type Template = {
  /** The app's own name, and the folder's where none is given. */
  readonly app: string;
  readonly help: string;
  /** Files that hold the name. */
  readonly named: readonly string[];
  /** The kit: where it is in the repository, and where it goes. */
  readonly kit?: { readonly from: string; readonly to: string };
};

const root = fileURLToPath(new URL("../../../", import.meta.url));
const sdkFolder = "livepeer-sdk";

const templates: Readonly<Record<string, Template>> = {
  node: {
    app: "image-upscaler",
    help: "TypeScript with the kit: makes pictures larger",
    named: ["app.ts", "package.json", "README.md"],
    kit: { from: "layers/08-interfaces/src/app", to: `${sdkFolder}/src/app` },
  },
  python: {
    app: "document-reader",
    help: "Python with the kit: reads PDF, Word, HTML, CSV",
    named: ["app.py", "README.md"],
    kit: { from: "layers/08-interfaces/python/livepeer_app", to: "livepeer_app" },
  },
  container: {
    app: "text-summary",
    help: "any language, no kit: a server in a container that sums texts up",
    named: ["app.json", "README.md", "compose.yaml"],
  },
};

const names = Object.keys(templates);
/** What is left by a run inside the repository. */
const notCopied = /(?:^|[\\/])(?:node_modules|\.venv|__pycache__|package-lock\.json|[^\\/]+\.test\.ts)(?:[\\/]|$)/;

export const initCommand: AppCommand = {
  words: "[folder]",
  takesWord: true,
  help: "make a folder with an app that works",
  about: `Copies a template into a new folder, with all it needs: the kit lies in the folder, so the app runs wherever Node or Python does.
The app is called like the folder.

${names.map((name) => `  ${name.padEnd(10)} ${templates[name]?.help} (default folder: ${templates[name]?.app})`).join("\n")}`,
  options: [{ name: "template", short: "t", value: names.join("|"), help: "which one" }],
  run: init,
};

async function init(call: AppCall): Promise<void> {
  const name = call.text("template");
  const template = name !== undefined && Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (name === undefined || template === undefined) {
    const what = name === undefined ? "--template is missing" : `there is no template "${name}"`;
    throw badCall("init", `${what}: it is one of ${names.join(", ")}`);
  }
  const folder = resolve(call.words[0] ?? template.app);
  const app = basename(folder);
  try {
    checkAppTerms({ name: app });
  } catch (error) {
    throw badCall("init", (error as Error).message);
  }
  await requireEmpty(folder);
  await copy(join(root, "templates", name), folder);
  if (template.kit !== undefined) await copy(join(root, template.kit.from), join(folder, template.kit.to));
  if (name === "node") await linkSdk(folder);
  for (const file of template.named) await rename(join(folder, file), template.app, app);
  const shown = relative(process.cwd(), folder);
  process.stdout.write(`${folder} holds the app ${app}. Next:

  ${shown === "" ? "" : `cd ${/^[\w./-]+$/.test(shown) ? shown : `'${shown}'`} && `}livepeer app dev
`);
}

/** Throws `folder_not_empty`. */
async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new LpError({
      code: "bad_flag",
      message: error.code === "ENOTDIR" ? `${folder} is a file: name a new folder` : `${folder}: ${error.message}`,
    });
  });
  if (entries.length === 0) return;
  throw new LpError({
    code: "folder_not_empty",
    message: `${folder} is not empty (${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", …" : ""}): name a new folder`,
  });
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(from, to, { recursive: true, filter: (source) => !notCopied.test(relative(from, source)) });
}

/** The kit as a package of the folder's own: it is not published. */
async function linkSdk(folder: string): Promise<void> {
  const { name, version, license, type, exports } = JSON.parse(
    await readFile(join(root, "layers/08-interfaces/package.json"), "utf8"),
  ) as Record<string, unknown> & { exports: Record<string, string> };
  const sdk = { name, version, private: true, license, type, exports: { "./app": exports["./app"] } };
  await writeFile(join(folder, sdkFolder, "package.json"), `${JSON.stringify(sdk, null, 2)}\n`);
  const file = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as { dependencies: Record<string, string> };
  manifest.dependencies = { [String(name)]: `file:${sdkFolder}`, ...manifest.dependencies };
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

async function rename(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  // packages have no capitals
  const name = file.endsWith("package.json") ? to.toLowerCase() : to;
  await writeFile(file, text.replaceAll(from, name));
}
