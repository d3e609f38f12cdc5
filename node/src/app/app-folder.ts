import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorText, LpError } from "@livepeer-ts/kernel";
import { type AppPrice, checkAppTerms } from "@livepeer-ts/sdk/app";
import { nearestName } from "../flags/suggest.ts";

/** A call that shows what an app does. Values of a form that begin with `@` are files, from the app's folder. */
export type AppExample = {
  readonly form?: Readonly<Record<string, string>>;
  readonly data?: unknown;
  /** Name for a file of the answer, where that is no text. */
  readonly output?: string;
};

/** What `app.json` says. All of it may be left out where the app uses a kit. */
export type AppManifest = {
  /** Absent: the app uses a kit, and `GET /schema` says what it is. */
  readonly name?: string;
  readonly about?: string;
  readonly version?: string;
  readonly mode?: "single-shot" | "persistent";
  readonly capacity?: number;
  readonly price?: AppPrice;
  /** Program and arguments. Absent: as the kits are started, by the name of the file. */
  readonly start?: readonly string[];
  /** Where it listens, for a program that does not read `PORT`. */
  readonly port?: number;
  /** Path that answers 200 once calls can come. Absent: any answer will do. */
  readonly health?: string;
  readonly example?: AppExample;
};

/** A folder with an app in it. */
export type AppFolder = {
  readonly path: string;
  readonly manifest: AppManifest;
  /** Program and arguments; undefined: it is started by somebody else. */
  readonly start: readonly string[] | undefined;
  readonly health: string | undefined;
  readonly usesPython: boolean;
};

export const manifestName = "app.json";
const members = ["name", "about", "version", "mode", "capacity", "price", "start", "port", "health", "example"];
const nodeFiles = ["app.ts", "app.mts", "app.js", "app.mjs"];
const pythonFile = "app.py";
const maxManifestBytes = 64 * 1024;

/** Reads what an app's folder says. Throws `app_folder` with what is wrong and what to do. */
export async function readAppFolder(path: string): Promise<AppFolder> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() !== true) throw fault(`there is no folder ${path}: livepeer app init makes one with an app`);
  const manifest = await readManifest(join(path, manifestName));
  const nodeFile = nodeFiles.find((name) => existsSync(join(path, name)));
  const hasPython = existsSync(join(path, pythonFile));
  const start =
    manifest.start ?? (nodeFile !== undefined ? ["node", nodeFile] : hasPython ? ["python", pythonFile] : undefined);
  if (start === undefined && manifest.name === undefined) {
    throw fault(
      `${path} holds no app: it needs app.ts or app.py with one of the kits, or an ${manifestName} that says how to start it`,
    );
  }
  const health = manifest.health ?? (manifest.name === undefined ? "/health" : undefined);
  return { path, manifest, start, health, usesPython: /^python(3(\.\d+)?)?$/.test(start?.[0] ?? "") };
}

async function readManifest(file: string): Promise<AppManifest> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw fault(`${file} cannot be read: ${error.message}`);
  });
  if (text.length > maxManifestBytes) throw fault(`${file} is longer than ${maxManifestBytes} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`${file} is no JSON: ${errorText(error)}`);
  }
  try {
    return checkManifest(value);
  } catch (error) {
    throw fault(`${file}: ${errorText(error)}`);
  }
}

function checkManifest(value: unknown): AppManifest {
  if (!isObject(value)) throw new Error("it must be an object");
  for (const name of Object.keys(value)) {
    if (members.includes(name)) continue;
    const meant = nearestName(name, members);
    throw new Error(`"${name}" is not known: ${meant === undefined ? members.join(", ") : `"${meant}"`} would be`);
  }
  for (const name of ["name", "about", "version", "health"]) {
    if (value[name] !== undefined && typeof value[name] !== "string") throw new Error(`${name} must be a text`);
  }
  const { mode, start, port, health, price, example } = value;
  if (mode !== undefined && mode !== "single-shot" && mode !== "persistent")
    throw new Error('mode must be "single-shot" or "persistent"');
  if (start !== undefined && !(Array.isArray(start) && start.length > 0 && start.every((w) => typeof w === "string")))
    throw new Error('start must be a list of words, such as ["node", "server.mjs"]');
  if (port !== undefined && !(Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536))
    throw new Error("port must be a number from 1 to 65535");
  if (typeof health === "string" && !health.startsWith("/"))
    throw new Error('health must be a path, such as "/health"');
  if (price !== undefined) checkPrice(price);
  if (example !== undefined) checkExample(example);
  const manifest = value as AppManifest;
  if (manifest.name !== undefined) checkAppTerms({ ...manifest, name: manifest.name });
  else if (["about", "version", "mode", "capacity", "price"].some((member) => value[member] !== undefined))
    throw new Error("name is missing");
  return manifest;
}

function checkPrice(value: unknown): void {
  const { amount, currency, per } = isObject(value) ? value : {};
  if (
    typeof amount === "string" &&
    (currency === "usd" || currency === "wei") &&
    (per === "second" || per === "request")
  )
    return;
  throw new Error(
    'price must be like {"amount": "0.002", "currency": "usd", "per": "request"}; currency usd or wei, per second or request',
  );
}

function checkExample(value: unknown): void {
  const { form, output } = isObject(value) ? value : {};
  const isForm = form === undefined || (isObject(form) && Object.values(form).every((one) => typeof one === "string"));
  if (!isObject(value) || !isForm || (output !== undefined && typeof output !== "string"))
    throw new Error('example must be like {"form": {"image": "@example.png"}, "output": "large.png"} or {"data": {}}');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(message: string): LpError {
  return new LpError({ code: "app_folder", message });
}
