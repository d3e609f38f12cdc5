import { parseLiveRunnerOptions } from "@livepeer-ts/execution";
import type { FlagValues } from "../go-flags.ts";
import type { LiveWorkConfig } from "../node-config.ts";
import type { Problems } from "./problems.ts";

/** Live runners and external capabilities of an orchestrator. */
export function checkLiveWork(flags: FlagValues, problems: Problems): LiveWorkConfig {
  const secret = flags.get("orchSecret");
  const isDynamic = flags.bool("useLiveRunners");
  const configFile = flags.get("liveRunnerConfig");
  const proxyUrl = flags.get("liveRunnerProxyUrl");
  const runnerUri = flags.get("liveRunnerAddr").replace(/\/+$/, "");
  const paymentIntervalMs = problems.ms("livePaymentInterval", true);
  if (isDynamic && secret === "")
    problems.add("-useLiveRunners needs -orchSecret: runners register themselves with it");
  if (proxyUrl !== "")
    problems.read("liveRunnerProxyUrl", () =>
      parseLiveRunnerOptions({ serviceUri: "https://host:1", secret: undefined, proxyUrl }),
    );
  if (runnerUri !== "" && (!/^https?:\/\/[^/]+$/.test(runnerUri) || !URL.canParse(runnerUri)))
    problems.add(`-liveRunnerAddr "${runnerUri.slice(0, 80)}" is no base URL: write https://host:port without a path`);
  const hasRunners = isDynamic || configFile !== "";
  if (hasRunners && flags.get("cores") !== "1")
    problems.add("live runners need -cores 1: WebSockets end in the process that they reach");
  if (hasRunners && flags.get("serviceAddr") === "none")
    problems.add("live runners need a -serviceAddr: clients reach them there");
  return {
    secret: secret === "" ? undefined : secret,
    runners: !hasRunners
      ? undefined
      : {
          isDynamic,
          configFile: configFile === "" ? undefined : configFile,
          proxyUrl: proxyUrl === "" ? undefined : proxyUrl,
          runnerUri: runnerUri === "" ? undefined : runnerUri,
          paymentIntervalMs,
        },
  };
}
