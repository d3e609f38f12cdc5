import {
  capability,
  defaultServerlessSessionOptions,
  type LiveWork,
  type RunningLiveWork,
  type ServerlessOptions,
} from "@livepeer-ts/execution";
import { errorText, LpError, type Rational, rational } from "@livepeer-ts/kernel";
import { NodeNet, webSocketDialer } from "@livepeer-ts/kernel/adapters";
import { parseDurationMs } from "../flags/flag-value.ts";
import type { OrchestratorConfig } from "../flags/node-config.ts";
import type { OrchestratorMoney } from "./orchestrator-money.ts";
import { readSmallFile } from "./read-small-file.ts";

/** What an orchestrator needs for other people's applications, and what it does once it runs. */
export type OpenedLiveWork = {
  readonly live: LiveWork;
  /** Registers the runners of the configuration file. Rejects with `bad_flag` when it cannot be used. */
  start(running: RunningLiveWork | undefined): Promise<void>;
  stop(): Promise<void>;
};

/** Connections to one runner or worker. */
const connectionsPerRunner = 256;
const usd = "USD";

/** Undefined where nothing asks for it. */
export async function openLiveWork(
  { live: config, serverless }: Pick<OrchestratorConfig, "live" | "serverless">,
  { prices, chain }: Pick<OrchestratorMoney, "prices" | "chain">,
): Promise<OpenedLiveWork | undefined> {
  const { secret, runners } = config;
  if (secret === undefined && runners === undefined && serverless === undefined) return undefined;
  const { rates, book } = prices;
  const weiPer = (currency: string): Rational =>
    rates.weiPerPixel({ amount: rational(1n), currency, pixelsPerUnit: rational(1n) });
  if (runners !== undefined && chain !== undefined) await rates.require(usd);
  const runnerNet = new NodeNet({ connectionsPerPeer: connectionsPerRunner });
  return {
    live: {
      runnerNet,
      ...(serverless === undefined
        ? {}
        : { serverless: { options: serverlessOptions(serverless, process.env), sockets: webSocketDialer() } }),
      runners:
        runners === undefined
          ? undefined
          : {
              options: {
                secret: runners.isDynamic ? secret : undefined,
                paymentIntervalMs: runners.paymentIntervalMs,
                ...(runners.runnerUri === undefined ? {} : { runnerUri: runners.runnerUri }),
                ...(runners.proxyUrl === undefined ? {} : { proxyUrl: runners.proxyUrl }),
              },
              weiPerUsd: () => (chain === undefined ? undefined : weiPer(usd)),
            },
      byoc:
        secret === undefined
          ? undefined
          : {
              secret,
              prices: {
                async weiPerUnit(currency) {
                  await rates.require(currency);
                  return weiPer(currency);
                },
                set(name, weiPerSecond) {
                  if (weiPerSecond === undefined) book.removeForCapability(capability.byoc, name);
                  else
                    book.setForCapability({
                      capability: capability.byoc,
                      constraint: name,
                      price: rational(weiPerSecond),
                    });
                },
              },
            },
    },
    async start(running) {
      if (runners?.configFile === undefined || running?.runners === undefined) return;
      await running.runners.registerStatic(readConfig(runners.configFile)).catch((error: unknown) => {
        throw badConfig(errorText(error), error);
      });
    },
    stop: () => runnerNet.stop(),
  };
}

/** go-livepeer has no flags for key and times: they are in the environment. Throws `bad_flag`. */
function serverlessOptions(
  { url, capacity, paymentIntervalMs }: NonNullable<OrchestratorConfig["serverless"]>,
  env: Readonly<Record<string, string | undefined>>,
): ServerlessOptions {
  const { limitMs, graceMs } = defaultServerlessSessionOptions;
  const time = (name: string, otherwise: number): number => {
    const written = env[name] ?? "";
    if (written === "") return otherwise;
    try {
      const ms = parseDurationMs(written);
      if (ms > 0) return ms;
    } catch {
      // said below
    }
    throw new LpError({ code: "bad_flag", message: `${name} must be a duration above 0, for example 1h30m` });
  };
  return {
    ...defaultServerlessSessionOptions,
    ...{ url, capacity, paymentIntervalMs, apiKey: env["FAL_API_KEY"] || undefined },
    limitMs: time("LIVE_AI_SERVERLESS_TIMEOUT", limitMs),
    graceMs: time("LIVE_AI_SERVERLESS_TIMEOUT_GRACE_PERIOD", graceMs),
  };
}

function readConfig(path: string): unknown {
  const text = readSmallFile(path);
  if (text === undefined) throw badConfig("it cannot be read, is empty, or larger than 1 MiB");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badConfig(`it is no JSON (${errorText(error)})`, error);
  }
}

function badConfig(why: string, cause?: unknown): LpError {
  return new LpError({
    code: "bad_flag",
    message: `-liveRunnerConfig: ${why}: give the name of a file like {"runners":[{"label":"…","app":"…","runner_url":"…","health_url":"/health"}]}`,
    cause,
  });
}
