import { BandwidthMeter, type ComputeFacts, type HardwareFacts } from "@livepeer-ts/compute";
import { PowerMeter, readHardware } from "@livepeer-ts/compute/adapters";
import type { ComputeConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** What an orchestrator tells of its machine, and what has to be told how quickly segments come in. */
export type MachineFacts = {
  readonly facts?: () => ComputeFacts;
  readonly bandwidth?: BandwidthMeter;
};

/** Between looks at the power that is drawn, ms. */
const powerLookMs = 60_000;

/** The operator's figures go before measurements. Nothing is read when nothing is to be told. */
export async function openMachineFacts(config: ComputeConfig, ports: ProcessPorts): Promise<MachineFacts> {
  const { region, bandwidthBps, powerWatts, isMeasured } = config;
  if (!isMeasured && region === undefined && bandwidthBps === undefined && powerWatts === undefined) return {};
  const hardware = isMeasured ? await readHardware() : undefined;
  const bandwidth = isMeasured && bandwidthBps === undefined ? new BandwidthMeter({}, ports.clock) : undefined;
  const power = isMeasured && powerWatts === undefined ? new PowerMeter({}, ports.clock) : undefined;
  if (power !== undefined) {
    await power.look();
    ports.clock.every(powerLookMs, () => power.look(), ports.tasks);
  }
  const facts = () => ({
    ...(region === undefined ? {} : { region }),
    ...figure("bandwidthBps", operator(bandwidthBps) ?? bandwidth?.figure()),
    ...figure("powerWatts", operator(powerWatts) ?? power?.figure()),
    ...figure("hardware", hardware satisfies HardwareFacts | undefined),
  });
  return { facts, ...(bandwidth === undefined ? {} : { bandwidth }) };
}

function operator(value: number | undefined) {
  return value === undefined ? undefined : { value, source: "operator" as const, ageSec: 0 };
}

function figure<Name extends keyof ComputeFacts>(
  name: Name,
  value: ComputeFacts[Name],
): Pick<ComputeFacts, Name> | object {
  return value === undefined ? {} : { [name]: value };
}
