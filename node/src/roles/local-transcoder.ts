import { join } from "node:path";
import { capability, defaultCapabilities } from "@livepeer-ts/execution";
import {
  DevicePool,
  deviceName,
  type HardwareDevice,
  type PooledDevice,
  type TranscoderBackend,
} from "@livepeer-ts/media";
import {
  commonAbilities,
  createFfmpegTranscoder,
  createNodeAvTranscoder,
  findFfmpeg,
  findHardware,
  findNodeAv,
  maxTriedSessions,
  testHardware,
} from "@livepeer-ts/media/adapters";
import type { LocalTranscoderConfig } from "../flags/node-config.ts";
import type { ProcessPorts } from "../process-ports.ts";

/** The transcoder of this machine. */
export type LocalTranscoder = {
  readonly backend: TranscoderBackend;
  /** Numbers of what it can do. */
  readonly capabilities: readonly number[];
  /** For people: ffmpeg's version and the devices. */
  readonly engine: string;
};

/** How a role comes to its transcoder. */
export type OpenTranscoder = (
  config: LocalTranscoderConfig,
  dataDir: string,
  ports: ProcessPorts,
) => Promise<LocalTranscoder>;

/** Capabilities that are announced when the self-test of every device shows them. */
const testedCapabilities: Readonly<Record<string, number>> = {
  "hevc-encode": capability.hevcEncode,
  "hevc-decode": capability.hevcDecode,
  "vp9-decode": capability.vp9Decode,
  "h264-444-8": capability.h264Decode444Bits8,
  "h264-422-8": capability.h264Decode422Bits8,
  "h264-444-10": capability.h264Decode444Bits10,
  "h264-422-10": capability.h264Decode422Bits10,
  "h264-420-10": capability.h264Decode420Bits10,
};

type Found = { readonly devices: readonly PooledDevice[]; readonly abilities: readonly string[] };

/**
 * Finds ffmpeg and the devices, tests these, and makes the transcoder. Rejects when there is no ffmpeg, a device is not
 * there, or it cannot do what every transcoder must.
 */
export const openLocalTranscoder: OpenTranscoder = async (config, dataDir, ports) => {
  if (config.engine.kind === "node-av") return openNodeAv(config, nodeAvFolder(config.engine, dataDir), dataDir, ports);
  const ffmpeg = await findFfmpeg();
  const workDir = join(dataDir, "work");
  const found = await findDevices(config, { ffmpegPath: ffmpeg.path, workDir }, ports);
  const lanes = found.devices.length === 0 ? {} : { lanes: new DevicePool({ devices: found.devices }, ports) };
  return {
    backend: createFfmpegTranscoder(
      { ffmpegPath: ffmpeg.path, preset: config.preset, workDir },
      { ...ports, ...lanes },
    ),
    capabilities: announcedCapabilities(found.abilities, config.hevcDecoding),
    engine: [`ffmpeg ${ffmpeg.version}`, ...found.devices.map(deviceName)].join(", "),
  };
};

/** Where node-av is looked for. */
export function nodeAvFolder(engine: { readonly folder: string | undefined }, dataDir: string): string {
  return engine.folder ?? join(dataDir, "node-av");
}

async function openNodeAv(
  { preset, hevcDecoding }: LocalTranscoderConfig,
  folder: string,
  dataDir: string,
  ports: ProcessPorts,
): Promise<LocalTranscoder> {
  const library = await findNodeAv(folder, ports.clock, ports.tasks.signal);
  return {
    backend: createNodeAvTranscoder({ library, preset, workDir: join(dataDir, "work") }, ports),
    capabilities: announcedCapabilities([], hevcDecoding),
    engine: `node-av ${library.version}`,
  };
}

async function findDevices(
  { hardware }: LocalTranscoderConfig,
  options: { readonly ffmpegPath: string; readonly workDir: string },
  ports: ProcessPorts,
): Promise<Found> {
  if (hardware === undefined) return { devices: [], abilities: [] };
  const devices = await findHardware(hardware.wish);
  if (!hardware.isTested) return { devices: devices.map(untested), abilities: [] };
  const { clock, logger, tasks } = ports;
  const reports = await testHardware(devices, options, { clock, logger, signal: tasks.signal });
  return { devices: reports.map(({ device }) => device), abilities: commonAbilities(reports) };
}

/** What is expected of a device that nobody tested. What it cannot decode is decoded in memory after the first failure. */
function untested(device: HardwareDevice): PooledDevice {
  return { ...device, encodeSessions: maxTriedSessions, decodes: new Set(["h264", "hevc"]) };
}

/** Numbers of what is announced. The operator's word on HEVC goes before what was found. */
export function announcedCapabilities(abilities: readonly string[], hevcDecoding: boolean | undefined): number[] {
  const found = abilities.flatMap((name) => testedCapabilities[name] ?? []);
  if (hevcDecoding === undefined) return [...defaultCapabilities, ...found];
  const others = found.filter((number) => number !== capability.hevcDecode);
  return [...defaultCapabilities, ...others, ...(hevcDecoding ? [capability.hevcDecode] : [])];
}
