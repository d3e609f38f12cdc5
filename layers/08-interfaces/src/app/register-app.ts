import type { AnyApp, AppPrice } from "./define-app.ts";

export type RegisterAppOptions = {
  /** Base URL of the orchestrator. */
  readonly orchestratorUrl: string;
  /** Its `-orchSecret`. */
  readonly secret: string;
  /** Where the orchestrator reaches the app. */
  readonly appUrl: string;
  /** Told what happens: registered, lost, refused. */
  readonly say?: (line: string) => void;
  /** Orchestrators sign for themselves: their certificates are checked only when this is true. Default false. */
  readonly fetch?: typeof fetch;
};

/** An app's place at an orchestrator. */
export type AppRegistration = {
  /** Resolves when it is registered for the first time. Rejects when the orchestrator refuses it. */
  readonly registered: Promise<{ readonly runnerId: string; readonly callUrl: string }>;
  /** Leaves the orchestrator. */
  stop(): Promise<void>;
};

type Heartbeat = {
  readonly runner_id: string;
  readonly heartbeat_interval?: string;
  readonly heartbeat_secret?: string;
};

const defaultIntervalMs = 5000;
const timeoutMs = 10_000;
const maxPauseMs = 30_000;

/** Registers an app as a live runner, keeps it registered, and registers it anew when the orchestrator has forgotten it. */
export function registerApp(app: AnyApp, options: RegisterAppOptions): AppRegistration {
  const { orchestratorUrl, secret, say = () => {} } = options;
  const send = options.fetch ?? fetch;
  const stopping = new AbortController();
  const first = Promise.withResolvers<{ runnerId: string; callUrl: string }>();
  first.promise.catch(() => {}); // whoever waits hears of it
  let known: Heartbeat | undefined;

  const beat = async (): Promise<number> => {
    const answer = await send(`${orchestratorUrl}/runners/heartbeat`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: known?.heartbeat_secret ?? secret },
      body: JSON.stringify(runnerRecord(app, options.appUrl, known?.runner_id)),
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = (await answer.text()).trim();
    if (answer.ok) {
      const told = JSON.parse(text) as Heartbeat;
      if (known === undefined) {
        say(`registered at ${orchestratorUrl} as ${told.runner_id}`);
        first.resolve({ runnerId: told.runner_id, callUrl: `${orchestratorUrl}/apps/${told.runner_id}/app/` });
      }
      known = { ...told, heartbeat_secret: told.heartbeat_secret ?? known?.heartbeat_secret ?? secret };
      return durationMs(told.heartbeat_interval);
    }
    if (known !== undefined && (answer.status === 401 || answer.status === 404)) {
      say("the orchestrator has forgotten this app: registering anew");
      known = undefined;
      return 0;
    }
    throw Object.assign(new Error(`the orchestrator answered ${answer.status}: ${text}`), { status: answer.status });
  };

  const loop = async (): Promise<void> => {
    let pauseMs = 500;
    while (!stopping.signal.aborted) {
      let waitMs: number;
      try {
        waitMs = await beat();
        pauseMs = 500;
      } catch (error) {
        if (stopping.signal.aborted) return;
        const { status } = error as { status?: number };
        if (known === undefined && (status === 400 || status === 401)) {
          first.reject(error);
          return;
        }
        say(`${(error as Error).message}: trying again in ${pauseMs / 1000} s`);
        waitMs = pauseMs;
        pauseMs = Math.min(maxPauseMs, pauseMs * 2);
      }
      await pause(waitMs, stopping.signal);
    }
  };
  const running = loop();

  return {
    registered: first.promise,
    async stop() {
      stopping.abort();
      await running;
      if (known === undefined) return;
      await send(`${orchestratorUrl}/runners/${known.runner_id}/unregister`, {
        method: "POST",
        headers: { authorization: known.heartbeat_secret ?? secret },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => undefined); // it is forgotten soon in any case
    },
  };
}

/** The app as orchestrators know it: a runner whose calls stand alone. */
export function runnerRecord(
  app: AnyApp,
  appUrl: string,
  runnerId: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    ...(runnerId === undefined ? {} : { runner_id: runnerId }),
    label: app.name,
    app: app.name,
    runner_url: appUrl,
    mode: "single-shot",
    status: "ready",
    capacity: app.capacity ?? 1,
    ...(app.version === undefined ? {} : { version: app.version }),
    ...(app.price === undefined ? {} : { price_info: priceInfo(app.price) }),
  };
}

/** Per hour or per call, in the units that orchestrators take. */
function priceInfo({ amount, currency, per }: AppPrice): Readonly<Record<string, unknown>> {
  return per === "request"
    ? { price: Number(amount), currency, unit: "fixed" }
    : { price: Number(amount) * 3600, currency, unit: "hour" };
}

/** `5s`, `1m30s`, `500ms` in ms. */
function durationMs(text: string | undefined): number {
  const parts = [...(text ?? "").matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const sum = parts.reduce((total, [, value, unit]) => total + Number(value) * (units[unit as string] as number), 0);
  return sum > 0 ? sum : defaultIntervalMs;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}
