import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AppPrice } from "./define-app.ts";

/** What an orchestrator is told of an app. */
export type RegisteredApp = {
  readonly name: string;
  readonly version?: string | undefined;
  /** Undefined: free; orchestrators on a chain take no such apps. */
  readonly price?: AppPrice | undefined;
  /** Calls at once. Default 1. */
  readonly capacity?: number | undefined;
  /** `single-shot` (default): calls that stand alone. `persistent`: a session, then any number of calls. */
  readonly mode?: "single-shot" | "persistent" | undefined;
};

export type RegisterAppOptions = {
  /** Base URL of the orchestrator. */
  readonly orchestratorUrl: string;
  /** Its `-orchSecret`. */
  readonly secret: string;
  /** Where the orchestrator reaches the app. */
  readonly appUrl: string;
  /** Told what happens: registered, lost, refused. */
  readonly say?: (line: string) => void;
  /** True: when the first try fails, whatever the reason, `registered` rejects. Default: only a refusal is final. */
  readonly firstMustSucceed?: boolean;
  /** Sends the requests. Default: over connections whose certificate is not checked, since orchestrators sign for themselves. */
  readonly fetch?: (url: string, init: RegistrationRequest) => Promise<RegistrationAnswer>;
};

/** What `fetch` is asked for; the global one fits. */
export type RegistrationRequest = {
  readonly method: "POST";
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
};

export type RegistrationAnswer = { readonly ok: boolean; readonly status: number; text(): Promise<string> };

/** A registration that did not come about. */
export class RegistrationError extends Error {
  override readonly name: string = "RegistrationError";
  /** The orchestrator's HTTP status; undefined where it could not be reached. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** An app's place at an orchestrator. */
export type AppRegistration = {
  /** Resolves when it is registered for the first time. Rejects with `RegistrationError` when the orchestrator refuses it. */
  readonly registered: Promise<{ readonly runnerId: string; readonly callUrl: string }>;
  /** Tells the orchestrator other terms at once, in the same place. Rejects with `RegistrationError` when it does not take them. */
  update(app: RegisteredApp): Promise<void>;
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
const maxAnswerBytes = 64 * 1024;

/** Registers an app as a live runner, keeps it registered, and registers it anew when the orchestrator has forgotten it. */
export function registerApp(app: RegisteredApp, options: RegisterAppOptions): AppRegistration {
  const { secret, say = () => {}, firstMustSucceed = false } = options;
  const orchestratorUrl = options.orchestratorUrl.replace(/\/+$/, "");
  const send = options.fetch ?? sendUnchecked;
  const stopping = new AbortController();
  const first = Promise.withResolvers<{ runnerId: string; callUrl: string }>();
  first.promise.catch(() => {}); // whoever waits hears of it
  let known: Heartbeat | undefined;
  let wasRegistered = false;
  let terms = app;
  let updating: PromiseWithResolvers<void> | undefined;
  let hurry = new AbortController();

  const beat = async (): Promise<number> => {
    const told = updating;
    const answer = await send(`${orchestratorUrl}/runners/heartbeat`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: known?.heartbeat_secret ?? secret },
      body: JSON.stringify(runnerRecord(terms, options.appUrl, known?.runner_id)),
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
    }).catch((cause: Error) => {
      throw new RegistrationError(`${orchestratorUrl} cannot be reached: ${cause.message}`, undefined, { cause });
    });
    const text = (await answer.text()).trim();
    if (answer.ok) {
      const place = JSON.parse(text) as Heartbeat;
      if (known === undefined) {
        say(`registered at ${orchestratorUrl} as ${place.runner_id}`);
        wasRegistered = true;
        first.resolve({ runnerId: place.runner_id, callUrl: `${orchestratorUrl}/apps/${place.runner_id}/app/` });
      }
      known = { ...place, heartbeat_secret: place.heartbeat_secret ?? known?.heartbeat_secret ?? secret };
      settle(told);
      return durationMs(place.heartbeat_interval);
    }
    if (known !== undefined && (answer.status === 401 || answer.status === 404)) {
      say("the orchestrator has forgotten this app: registering anew");
      known = undefined;
      return 0;
    }
    const error = new RegistrationError(`the orchestrator answered ${answer.status}: ${text}`, answer.status);
    settle(told, error);
    throw error;
  };

  const settle = (told: typeof updating, error?: RegistrationError): void => {
    if (error === undefined) told?.resolve();
    else told?.reject(error);
    if (updating === told) updating = undefined;
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
        const status = error instanceof RegistrationError ? error.status : undefined;
        if (!wasRegistered && (status === 400 || status === 401 || firstMustSucceed)) {
          first.reject(error);
          updating?.reject(error);
          return;
        }
        say(`${(error as Error).message}: trying again in ${pauseMs / 1000} s`);
        waitMs = pauseMs;
        pauseMs = Math.min(maxPauseMs, pauseMs * 2);
      }
      await pause(waitMs, AbortSignal.any([stopping.signal, hurry.signal]));
      hurry = new AbortController();
    }
  };
  const running = loop();

  return {
    registered: first.promise,
    update(next) {
      terms = next;
      const before = updating;
      updating = Promise.withResolvers();
      // an answer to these terms answers those before them
      updating.promise.then(before?.resolve, before?.reject ?? (() => {}));
      hurry.abort();
      return updating.promise;
    },
    async stop() {
      stopping.abort();
      await running;
      updating?.reject(new RegistrationError("the registration was stopped"));
      if (known === undefined) return;
      await send(`${orchestratorUrl}/runners/${known.runner_id}/unregister`, {
        method: "POST",
        headers: { authorization: known.heartbeat_secret ?? secret },
        signal: AbortSignal.timeout(timeoutMs),
      }).catch(() => undefined); // it is forgotten soon in any case
    },
  };
}

/** The app as orchestrators know it: a runner. */
export function runnerRecord(
  app: RegisteredApp,
  appUrl: string,
  runnerId: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    ...(runnerId === undefined ? {} : { runner_id: runnerId }),
    label: app.name,
    app: app.name,
    runner_url: appUrl,
    mode: app.mode ?? "single-shot",
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

function sendUnchecked(
  url: string,
  { method, headers, body, signal }: RegistrationRequest,
): Promise<RegistrationAnswer> {
  const begin = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = begin(url, { method, headers, signal, rejectUnauthorized: false }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > maxAnswerBytes)
          answer.destroy(new Error(`its answer is longer than ${maxAnswerBytes} bytes`));
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const status = answer.statusCode ?? 0;
        resolve({ ok: status >= 200 && status < 300, status, text: async () => text });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
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
