import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LpError, rationalToNumber } from "@livepeer-ts/kernel";
import type { AppDescription } from "./app-description.ts";
import { callUrl, exampleCall } from "./app-example.ts";
import { readAppFolder } from "./app-folder.ts";
import type { AppCall } from "./app-option.ts";
import { DevApp, type DevPlace, type LaunchedApp } from "./dev-app.ts";
import { DevNetwork, weiOf } from "./dev-network.ts";
import { type DevReport, jsonReport, textReport } from "./dev-report.ts";
import { callSeen } from "./gateway-calls.ts";
import { type ListedApp, waitForApp } from "./listed-apps.ts";
import { announceNetwork, withdrawNetwork } from "./running-networks.ts";

/** `livepeer app dev`. */
export async function dev(call: AppCall): Promise<void> {
  const path = resolve(call.words[0] ?? ".");
  await readAppFolder(path);
  const report = call.has("json") ? jsonReport() : textReport();
  const data = await mkdtemp(join(tmpdir(), "livepeer-app-"));
  const session = new DevSession(path, data, !call.has("off-chain"), report);
  const ended = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ended.resolve());
  try {
    await Promise.race([session.run(), ended.promise]);
  } catch (error) {
    await session.stop();
    // a failure of the network is looked into with its logs
    if (!(error instanceof LpError) || error.code !== "role_failed") await rm(data, { recursive: true, force: true });
    throw error;
  }
  report.stopping();
  await session.stop();
  await rm(data, { recursive: true, force: true });
  process.exit(0);
}

/** The network and the app on it. */
class DevSession {
  readonly #path: string;
  readonly #report: DevReport;
  readonly #onChain: boolean;
  readonly #network: DevNetwork;
  readonly #stopping = new AbortController();
  #app: DevApp | undefined;
  /** The line that was printed last. */
  #shown: string | undefined;

  constructor(path: string, data: string, onChain: boolean, report: DevReport) {
    this.#path = path;
    this.#report = report;
    this.#onChain = onChain;
    this.#network = new DevNetwork({
      folder: data,
      onChain,
      onStep: (what, ms) => report.step(what, ms),
      onGatewayLine: (line) => {
        const seen = callSeen(line);
        if (seen !== undefined) report.call({ ...seen, isPaid: onChain });
      },
    });
  }

  /** Until a part of it fails. */
  async run(): Promise<void> {
    const network = this.#network;
    const chain = network.startChain();
    // without payments nothing depends on the app
    const nodes = this.#onChain ? undefined : network.startNodes(undefined);
    for (const part of [chain, nodes]) part?.catch(() => {}); // awaited below
    this.#app = await DevApp.start({
      folder: this.#path,
      isPaid: this.#onChain,
      place: async ({ price }): Promise<DevPlace> => {
        await (nodes ?? network.startNodes(price));
        return { orchestratorUrl: network.registration.url, secret: network.registration.secret };
      },
      onLine: (line) => this.#report.appLine(line),
      onStep: (what) => this.#report.step(what),
      onBroken: (why) => this.#report.broken(why),
      onLaunched: (launched, ms, changed) => this.#launched(launched, ms, changed),
    });
    const { running } = this.#app;
    await Promise.race([Promise.all([chain, nodes]), running]);
    const part = await Promise.race([network.broken, running.then(() => undefined)]);
    if (part !== undefined)
      throw new LpError({
        code: "role_failed",
        message: `the ${part} ended by itself; its log is in ${this.#network.logs}`,
      });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#app?.stop();
    await this.#network.stop();
    await withdrawNetwork();
  }

  async #launched({ folder, app }: LaunchedApp, ms: number, changed: readonly string[]): Promise<void> {
    const { gatewayUrl, registration } = this.#network;
    await announceNetwork({ app: app.name, gatewayUrl });
    const listed = await waitForApp(gatewayUrl, app.name, (one) => this.#hasPrice(one, app), this.#stopping.signal);
    const example = await exampleCall(folder, app, gatewayUrl, process.cwd());
    if (this.#shown !== undefined) this.#report.reloaded(ms, changed);
    if (this.#shown === example.curl) return;
    this.#shown = example.curl;
    this.#report.ready({
      app,
      gatewayUrl,
      priceInfo: listed.price_info,
      url: callUrl(gatewayUrl, app.name),
      ...{ orchestratorUrl: registration.url, secretFile: registration.secretFile },
      example,
      isPaid: this.#onChain,
    });
  }

  /** A gateway's list is some seconds old, and it pays no more than that says. */
  #hasPrice({ price_info: listed }: ListedApp, { price }: AppDescription): boolean {
    if (!this.#onChain || price === undefined) return true;
    const wanted = rationalToNumber(weiOf(price));
    // hours and dollars are not whole numbers of wei
    return listed !== undefined && Math.abs(listed.price - wanted) <= 1 + wanted * 1e-6;
  }
}
