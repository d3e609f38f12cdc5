import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const appsFolder = fileURLToPath(new URL("../../../layers/09-apps/", import.meta.url));
const sdkFolder = fileURLToPath(new URL("../../../layers/08-interfaces/src/", import.meta.url));
/** Apps and where their files go. The first one's build empties the folder. */
const apps = [
  { name: "network", below: "." },
  { name: "console", below: "console" },
] as const;
const builtHashes = 3;

async function contentHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of [appsFolder, sdkFolder]) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/[\\/](?:node_modules|dist)[\\/]/.test(file.slice(folder.length)));
    for (const file of files.sort()) hash.update(file.slice(folder.length)).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 20);
}

/** Builds the web pages once per content; returns the folder that holds them. */
export async function buildWebApp(cacheFolder: string): Promise<string> {
  const root = join(cacheFolder, "web");
  const out = join(root, await contentHash());
  if (existsSync(join(out, "index.html"))) return out;
  await mkdir(root, { recursive: true });
  const unfinished = `${out}.${process.pid}`;
  const { build } = await import("vite");
  for (const { name, below } of apps) {
    await build({
      root: join(appsFolder, name),
      logLevel: "error",
      build: { outDir: join(unfinished, below), emptyOutDir: true, chunkSizeWarningLimit: 1024 },
    });
  }
  await rename(unfinished, out).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(join(out, "index.html"))) throw error; // another process finished the same build first
  });
  const old = (await readdir(root)).filter((name) => !out.endsWith(name)).slice(0, -builtHashes);
  for (const name of old) await rm(join(root, name), { recursive: true, force: true });
  return out;
}
