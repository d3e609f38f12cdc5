import { capability, type LiveWork, type RunningLiveWork } from "@livepeer-ts/execution";
import { errorText, LpError, type Rational, rational } from "@livepeer-ts/kernel";
import { NodeNet } from "@livepeer-ts/kernel/adapters";
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
  { live: config }: Pick<OrchestratorConfig, "live">,
  { prices, chain }: Pick<OrchestratorMoney, "prices" | "chain">,
): Promise<OpenedLiveWork | undefined> {
  const { secret, runners } = config;
  if (secret === undefined && runners === undefined) return undefined;
  const { rates, book } = prices;
  const weiPer = (currency: string): Rational =>
    rates.weiPerPixel({ amount: rational(1n), currency, pixelsPerUnit: rational(1n) });
  if (runners !== undefined && chain !== undefined) await rates.require(usd);
  const runnerNet = new NodeNet({ connectionsPerPeer: connectionsPerRunner });
  return {
    live: {
      runnerNet,
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
