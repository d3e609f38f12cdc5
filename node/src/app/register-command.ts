import { resolve } from "node:path";
import { LpError, orAborted } from "@livepeer-ts/kernel";
import { registerApp } from "@livepeer-ts/sdk/app";
import { freePort, requireFreePort } from "../supervisor/free-port.ts";
import { type AppDescription, describeApp } from "./app-description.ts";
import { type AppFolder, readAppFolder } from "./app-folder.ts";
import { type AppCall, type AppCommand, badCall } from "./app-option.ts";
import { AppProcess } from "./app-process.ts";
import { prepareApp } from "./prepare-app.ts";
import { readSecret, registrationTrouble } from "./registration-trouble.ts";
import { watchElsewhere } from "./running-elsewhere.ts";

export const registerCommand: AppCommand = {
  words: "[folder]",
  takesWord: true,
  help: "serve the app and keep it registered at an orchestrator",
  about: `Starts the app in the folder (default: this one) and keeps it registered until Ctrl-C, which takes it off. Ends with 1 and the
reason when the orchestrator does not take it, or when the app ends.

An orchestrator on another machine needs --app-url: the app then listens at that port on all addresses of this machine. Whoever
reaches that port can call the app without paying: let the orchestrator alone through.`,
  options: [
    { name: "orchestrator", value: "URL", help: "the orchestrator, such as https://host:8935" },
    { name: "secret", value: "FILE", help: "file with its -orchSecret" },
    {
      name: "app-url",
      value: "URL",
      help: "where the orchestrator reaches the app (default: this machine, a free port)",
    },
    { name: "listen", value: "HOST:PORT", help: "where the app listens, when that is not the port of --app-url" },
    { name: "no-start", help: "the app runs already, at --app-url" },
  ],
  run: register,
};

async function register(call: AppCall): Promise<void> {
  const folder = await readAppFolder(resolve(call.words[0] ?? "."));
  const orchestrator = urlOf(call, "orchestrator");
  const secretFile = call.text("secret");
  if (orchestrator === undefined) throw badCall("register", "--orchestrator is missing");
  if (secretFile === undefined) throw badCall("register", "--secret is missing");
  const secret = await readSecret(secretFile);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.abort());
  const { signal } = stopped;
  try {
    const served = await serve(folder, call, orchestrator, say, signal);
    try {
      const app = await describeApp(folder, served.url);
      const place = { orchestratorUrl: orchestrator.href, secret, appUrl: served.appUrl };
      await keepRegistered(app, place, say, served.ended, signal);
    } finally {
      await served.stop();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function keepRegistered(
  app: AppDescription,
  place: { readonly orchestratorUrl: string; readonly secret: string; readonly appUrl: string },
  say: (line: string) => void,
  ended: Promise<string>,
  signal: AbortSignal,
): Promise<void> {
  const { name, version, mode, capacity, price } = app;
  const registration = registerApp({ name, version, mode, capacity, price }, { ...place, say, firstMustSucceed: true });
  try {
    await orAborted(registration.registered, signal).catch((error: unknown) => {
      throw registrationTrouble(error, place.orchestratorUrl.replace(/\/$/, ""));
    });
    say(`${name} takes calls there as long as this runs; Ctrl-C takes it off`);
    const how = await orAborted(ended, signal).catch(() => undefined);
    if (how !== undefined)
      throw new LpError({ code: "app_ended", message: `${how}: it is taken off the orchestrator` });
    say("taking the app off the orchestrator");
  } finally {
    await registration.stop();
  }
}

type Served = {
  /** For this process, and for the orchestrator. */
  readonly url: string;
  readonly appUrl: string;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
};

async function serve(
  folder: AppFolder,
  call: AppCall,
  orchestrator: URL,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Served> {
  const appUrl = urlOf(call, "app-url");
  if (call.has("no-start")) {
    if (appUrl === undefined) throw badCall("register", "--no-start needs --app-url: where the app runs");
    const url = appUrl.href.replace(/\/$/, "");
    const { ended } = await watchElsewhere(url, folder.health, signal);
    return { url, appUrl: url, ended, stop: async () => {} };
  }
  if (appUrl === undefined && !isThisMachine(orchestrator.hostname)) {
    throw badCall("register", `--app-url is missing: where ${orchestrator.host} reaches the app on this machine`);
  }
  const { host, port } = await listenAddress(call, folder, appUrl);
  const command = await prepareApp(folder, (line) => say(`… ${line}`), signal);
  const child = new AppProcess({ folder: folder.path, command, host, port, health: folder.health, onLine: say });
  try {
    await child.ready(signal);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    url: child.url,
    appUrl: appUrl?.href.replace(/\/$/, "") ?? child.url,
    ended: child.ended,
    stop: () => child.stop(),
  };
}

async function listenAddress(
  call: AppCall,
  { manifest }: AppFolder,
  appUrl: URL | undefined,
): Promise<{ readonly host: string; readonly port: number }> {
  const given = call.text("listen");
  if (given !== undefined) {
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(given) ?? [];
    if (host === undefined || Number(port) > 65_535)
      throw badCall("register", `--listen "${given}" is not like 0.0.0.0:8000`);
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  if (appUrl === undefined) return { host: "127.0.0.1", port: manifest.port ?? (await freePort()) };
  if (appUrl.port === "")
    throw badCall("register", "--listen is missing: --app-url names no port that the app could use");
  const host = isThisMachine(appUrl.hostname) ? "127.0.0.1" : "0.0.0.0";
  return { host, port: await requireFreePort(Number(appUrl.port), "port of --app-url") };
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}

function urlOf(call: AppCall, name: string): URL | undefined {
  const given = call.text(name);
  if (given === undefined) return undefined;
  if (/^https?:\/\//.test(given) && URL.canParse(given)) return new URL(given);
  throw badCall("register", `--${name} "${given}" is no address such as https://host:8935`);
}
