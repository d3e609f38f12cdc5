import { errorText, LpError, orAborted } from "@livepeer-ts/kernel";
import { type AppRegistration, type RegisteredApp, registerApp } from "@livepeer-ts/sdk/app";
import { freePort, requireFreePort } from "../supervisor/free-port.ts";
import { type AppDescription, describeApp } from "./app-description.ts";
import { type AppFolder, readAppFolder } from "./app-folder.ts";
import { AppProcess } from "./app-process.ts";
import { AppRelay } from "./app-relay.ts";
import { prepareApp } from "./prepare-app.ts";
import { requirePrice } from "./registration-trouble.ts";
import { watchSources } from "./watch-sources.ts";

/** Where the app is registered. */
export type DevPlace = { readonly orchestratorUrl: string; readonly secret: string };

/** An app that takes calls. */
export type LaunchedApp = { readonly folder: AppFolder; readonly app: AppDescription };

export type DevAppOptions = {
  readonly folder: string;
  /** Asked once, with what the app is first; resolves when the orchestrator can be asked. */
  readonly place: (app: AppDescription) => Promise<DevPlace>;
  /** Orchestrators want a price. */
  readonly isPaid: boolean;
  readonly onLine: (line: string) => void;
  readonly onStep: (what: string) => void;
  /** Told when it takes calls: for the first time, or again after sources changed. */
  readonly onLaunched: (launched: LaunchedApp, ms: number, changed: readonly string[]) => Promise<void>;
  /** Told why it takes none. A change of a source is the next try. */
  readonly onBroken: (why: string) => void;
};

/** An app under development: started, registered, and started anew whenever a source changes. */
export class DevApp {
  readonly #options: DevAppOptions;
  readonly #relay: AppRelay;
  readonly #stopping = new AbortController();
  #process: AppProcess | undefined;
  #registration: AppRegistration | undefined;
  #terms = "";
  #place: Promise<DevPlace> | undefined;
  #isLost = false;
  #changed: string[] = [];
  #next = Promise.withResolvers<void>();
  #launch = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor(options: DevAppOptions, relay: AppRelay) {
    this.#options = options;
    this.#relay = relay;
  }

  static async start(options: DevAppOptions): Promise<DevApp> {
    const app = new DevApp(options, await AppRelay.start());
    app.#running = Promise.all([app.#run(), app.#watch()]).then(() => {});
    return app;
  }

  /** Rejects with what no change of a source mends. */
  get running(): Promise<void> {
    return this.#running;
  }

  /** Leaves the orchestrator and ends the app. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#launch.abort();
    this.#next.resolve();
    await this.#running.catch(() => {}); // whoever waits for it hears of it
    await this.#registration?.stop();
    await this.#process?.stop();
    await this.#relay.stop();
  }

  #watch(): Promise<void> {
    return watchSources(
      this.#options.folder,
      (names) => {
        this.#changed.push(...names);
        this.#launch.abort();
        this.#next.resolve();
      },
      this.#stopping.signal,
    );
  }

  async #run(): Promise<void> {
    const { signal: stopping } = this.#stopping;
    while (!stopping.aborted) {
      this.#next = Promise.withResolvers();
      this.#launch = new AbortController();
      const changed = this.#changed.splice(0);
      const { signal } = this.#launch;
      const begun = performance.now();
      try {
        const launched = await this.#start(signal);
        await this.#options.onLaunched(launched, Math.round(performance.now() - begun), changed);
      } catch (error) {
        if (!signal.aborted) {
          if (!(error instanceof LpError) || this.#isLost) throw error;
          this.#break(errorText(error));
        }
      }
      await this.#next.promise;
    }
  }

  #break(why: string): void {
    this.#relay.close(why);
    this.#options.onBroken(why);
  }

  async #start(signal: AbortSignal): Promise<LaunchedApp> {
    const { onLine, onStep, isPaid } = this.#options;
    this.#relay.hold();
    await this.#process?.stop();
    const folder = await readAppFolder(this.#options.folder);
    const command = await prepareApp(folder, onStep, signal);
    const wanted = folder.manifest.port;
    const port = wanted === undefined ? await freePort() : await requireFreePort(wanted, "port of app.json");
    const child = new AppProcess({
      ...{ folder: folder.path, command, host: "127.0.0.1", port, health: folder.health, onLine },
    });
    this.#process = child;
    await child.ready(signal);
    const app = await describeApp(folder, child.url);
    if (isPaid) requirePrice(app);
    this.#relay.open(port);
    await this.#register(app, await orAborted(this.#placeFor(app), signal));
    signal.throwIfAborted();
    void child.ended.then((how) => {
      // a change of a source ends it too
      if (this.#process === child && !signal.aborted) this.#break(how);
    });
    return { folder, app };
  }

  #placeFor(app: AppDescription): Promise<DevPlace> {
    if (this.#place === undefined) {
      this.#place = this.#options.place(app);
      this.#place.catch(() => {
        this.#isLost = true;
      });
    }
    return this.#place;
  }

  /** Registers the app, or says on what other terms it is offered. */
  async #register({ name, version, mode, capacity, price }: AppDescription, place: DevPlace): Promise<void> {
    const terms: RegisteredApp = { name, version, mode, capacity, price };
    try {
      if (this.#registration === undefined) {
        const registration = registerApp(terms, { ...place, appUrl: this.#relay.url, firstMustSucceed: true });
        await registration.registered;
        this.#registration = registration;
      } else if (JSON.stringify(terms) !== this.#terms) await this.#registration.update(terms);
      this.#terms = JSON.stringify(terms);
    } catch (cause) {
      throw new LpError({ code: "app_not_registered", message: errorText(cause), cause });
    }
  }
}
