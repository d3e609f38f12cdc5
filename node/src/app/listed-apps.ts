import { LpError } from "@livepeer-ts/kernel";
import { pause } from "./pause.ts";

/** An app as a gateway lists it. */
export type ListedApp = {
  readonly app: string;
  readonly mode: string;
  readonly version?: string;
  readonly runners: number;
  readonly capacity: number;
  readonly capacity_available: number;
  readonly price_info?: { readonly price: number; readonly currency: string; readonly unit: string };
};

const answerMs = 15_000;
const lookMs = 100;
/** Until an app that was registered just now must be listed. */
const listedMs = 30_000;

/** What a gateway offers. Throws `gateway_unreachable`, `gateway_refused`. */
export async function listedApps(gatewayUrl: string, signal?: AbortSignal): Promise<readonly ListedApp[]> {
  const url = `${gatewayUrl.replace(/\/+$/, "")}/apps`;
  const timeout = AbortSignal.timeout(answerMs);
  const answer = await fetch(url, {
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  }).catch((cause: Error) => {
    throw gatewayUnreachable(gatewayUrl, cause);
  });
  const text = await answer.text();
  try {
    const { apps } = JSON.parse(text) as { apps?: readonly ListedApp[] };
    if (answer.ok && Array.isArray(apps)) return apps;
  } catch {
    // said below
  }
  throw new LpError({
    code: "gateway_refused",
    message: `${url} answered ${answer.status}: is it a gateway that knows apps? It said: ${text.trim().slice(0, 200)}`,
  });
}

/** Resolves when a gateway lists the app as it should. Throws `app_not_listed`. */
export async function waitForApp(
  gatewayUrl: string,
  app: string,
  fits: (listed: ListedApp) => boolean,
  signal: AbortSignal,
): Promise<ListedApp> {
  const until = performance.now() + listedMs;
  while (performance.now() < until) {
    const found = (await listedApps(gatewayUrl, signal)).find((one) => one.app === app && fits(one));
    if (found !== undefined) return found;
    await pause(lookMs, signal);
    signal.throwIfAborted();
  }
  throw new LpError({ code: "app_not_listed", message: `the gateway does not list ${app} after ${listedMs / 1000} s` });
}

export function gatewayUnreachable(gatewayUrl: string, cause: Error): LpError {
  const { code } = ((cause.cause ?? cause) as NodeJS.ErrnoException) ?? {};
  return new LpError({
    code: "gateway_unreachable",
    message: `no gateway answers at ${gatewayUrl} (${code ?? cause.message}): start one with livepeer app dev, or name another with --gateway`,
    cause,
  });
}
