import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Whether the published clients are installed; `npm test` does it. */
export const hasPublishedClients = existsSync(`${folder}node_modules/.installed`);

/** A module of a published client, unmodified, as `Module` describes the part of it that tests use. */
export async function publishedClient<Module>(name: string): Promise<Module> {
  if (!hasPublishedClients) throw new Error(`the client ${name} is not installed: npm test does it`);
  return (await import(pathToFileURL(createRequire(`${folder}package.json`).resolve(name)).href)) as Module;
}
