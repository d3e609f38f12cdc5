import {
  type Address,
  addressFromBytes,
  type Clock,
  errorText,
  type Logger,
  LpError,
  type Metrics,
  type Random,
  type Tasks,
} from "@livepeer-ts/kernel";
import { isCompatibleWith, isLegacyOnly } from "../capabilities/index.ts";
import { metricErrorCode } from "../metrics/error-code.ts";
import { type DirectoryEntry, type OrchestratorDirectory, trustOf } from "../ports/orchestrator-directory.ts";
import type { PaymentSender } from "../ports/payment-sender.ts";
import type { Capabilities, OrchestratorInfo } from "../wire/net_pb.gen.ts";
import type { OrchestratorClient } from "./orchestrator-client.ts";

export type DiscoveryOptions = {
  /** First wait, doubled while nobody has answered (`-discoveryTimeout`). Default 500. */
  readonly firstWaitMs: number;
  /** Overall cutoff, ms. Default 6000. */
  readonly cutoffMs: number;
  /** Connect and answer, ms. Default 3000. */
  readonly callMs: number;
  /** Accounts never used (`-orchBlocklist`). */
  readonly blocklist: ReadonlySet<Address>;
  /** Orchestrators asked at most. Default 200. */
  readonly maxCandidates: number;
  /** Advertised nodes of each orchestrator that are asked too (`-extraNodes`). Default 0. */
  readonly extraNodes: number;
};

export const defaultDiscoveryOptions: DiscoveryOptions = {
  firstWaitMs: 500,
  cutoffMs: 6000,
  callMs: 3000,
  blocklist: new Set(),
  maxCandidates: 200,
  extraNodes: 0,
};

export type DiscoveredOrchestrator = {
  readonly entry: DirectoryEntry;
  readonly info: OrchestratorInfo;
  readonly latencyMs: number;
};

/** Whom a job can use, quickest first, and why others cannot be used. */
export type Discovery = {
  readonly found: readonly DiscoveredOrchestrator[];
  readonly leftOut: readonly { readonly uri: string; readonly reason: string }[];
};

export type DiscoveryDeps = {
  readonly directory: OrchestratorDirectory;
  readonly client: Pick<OrchestratorClient, "getInfo">;
  readonly payments: Pick<PaymentSender, "checkOffer">;
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Pick<Tasks, "spawn">;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

/** Asks everyone in the directory at once, and the nodes they advertise as soon as those are known. */
export async function discover(
  capabilities: Capabilities,
  options: DiscoveryOptions,
  deps: DiscoveryDeps,
  signal: AbortSignal,
): Promise<Discovery> {
  const listed = await deps.directory.list(signal);
  const entries = shuffled(listed, deps.random).slice(0, options.maxCandidates);
  const found: DiscoveredOrchestrator[] = [];
  const leftOut: { uri: string; reason: string }[] = [];
  const deadline = deps.clock.deadline(options.cutoffMs, signal);
  const asked = new Set<string>();
  let open = 0;
  let wake = () => {};
  const ask = (entry: DirectoryEntry, extraNodes: number): void => {
    if (asked.size >= options.maxCandidates || asked.has(entry.uri) || deadline.signal.aborted) return;
    asked.add(entry.uri);
    open++;
    deps.tasks.spawn("ask orchestrator", async () => {
      const started = deps.clock.mono();
      try {
        const info = await deps.client.getInfo(entry.uri, capabilities, {
          ignoreCapacityCheck: false,
          timeoutMs: options.callMs,
          signal: deadline.signal,
        });
        for (const uri of info.nodes.slice(0, extraNodes)) ask({ ...entry, uri }, 0);
        acceptable(entry, info, capabilities, options, deps);
        found.push({ entry, info, latencyMs: deps.clock.mono() - started });
      } catch (error) {
        countFailure(entry.uri, error, deps.metrics);
        leftOut.push({ uri: entry.uri, reason: errorText(error) });
        deps.logger.debug("orchestrator left out", { uri: entry.uri, error: errorText(error) });
      } finally {
        open--;
        if (open === 0) wake();
      }
    });
  };
  for (const entry of entries) ask(entry, options.extraNodes);
  try {
    for (let waitMs = options.firstWaitMs; open > 0 && !deadline.signal.aborted; waitMs *= 2) {
      await new Promise<void>((resolve) => {
        const wait = deps.clock.deadline(waitMs, deadline.signal);
        const done = () => {
          wait.clear();
          resolve();
        };
        wake = done;
        if (wait.signal.aborted) done();
        wait.signal.addEventListener("abort", done, { once: true });
      });
      if (found.length > 0) break;
    }
  } finally {
    // answers that come later than the wait still warm nothing up: stop asking
    deadline.clear();
  }
  return { found: [...found].sort((a, b) => a.latencyMs - b.latencyMs), leftOut };
}

/** Why somebody could not be used; whoever was only too late for this round did nothing wrong. */
function countFailure(uri: string, error: unknown, metrics: Metrics): void {
  const code = metricErrorCode(error);
  if (code === undefined) return;
  metrics.count("livepeer_discovery_errors_total", { error_code: code, orchestrator_uri: uri });
}

/** Throws why an answer cannot be used for the job. */
function acceptable(
  entry: DirectoryEntry,
  info: OrchestratorInfo,
  capabilities: Capabilities,
  options: DiscoveryOptions,
  deps: Pick<DiscoveryDeps, "payments">,
): void {
  const leaveOut = (message: string) => new LpError({ code: "orchestrator_left_out", message });
  if (trustOf(entry) === undefined)
    throw leaveOut(`its score ${entry.score} is neither 0 (untrusted) nor 1 and above (trusted)`);
  if (info.transcoder === "") throw leaveOut("it advertises no address for work");
  if (accountsOf(entry, info).some((account) => options.blocklist.has(account)))
    throw leaveOut("it is on the blocklist");
  if (info.capabilities === undefined) {
    if (!isLegacyOnly(capabilities) || (capabilities.constraints?.minVersion ?? "") !== "")
      throw leaveOut("it announces no capabilities");
  } else if (!isCompatibleWith(capabilities, info.capabilities)) {
    throw leaveOut("it cannot do everything the job needs");
  }
  if (info.authToken === undefined) throw leaveOut("Missing auth token");
  deps.payments.checkOffer(info);
}

/** Who it is: by the directory, by its own word, and who gets its tickets. */
function accountsOf(entry: DirectoryEntry, info: OrchestratorInfo): Address[] {
  const said = [info.address, info.ticketParams?.recipient ?? new Uint8Array(0)];
  const accounts = said.filter((bytes) => bytes.length > 0).map(addressFromBytes);
  return entry.address === undefined ? accounts : [entry.address, ...accounts];
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.unit() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
