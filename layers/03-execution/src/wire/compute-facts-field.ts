import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type ComputeFacts, type Figure, regionPattern } from "@livepeer-ts/compute";
import { ComputeFactsSchema, type ComputeFacts as WireFacts } from "./compute-facts_pb.gen.ts";
import type { OrchestratorInfo } from "./net_pb.gen.ts";

/** Field of `OrchestratorInfo` that the protocol does not have; peers that do not know it keep it and pass it on. */
export const computeFactsField = 1001;

/** Longer facts of a peer are not looked at, bytes. */
const maxFactsBytes = 8192;
const maxNameLength = 128;
const maxGpus = 64;

/** Puts the facts into what a node tells gateways. */
export function setComputeFacts(info: OrchestratorInfo, facts: ComputeFacts): void {
  const { region = "", bandwidthBps, powerWatts, hardware } = facts;
  const bytes = toBinary(
    ComputeFactsSchema,
    create(ComputeFactsSchema, {
      region,
      bandwidthBps: BigInt(Math.max(0, Math.round(bandwidthBps?.value ?? 0))),
      bandwidthSource: bandwidthBps?.source ?? "",
      bandwidthAgeSec: bandwidthBps?.ageSec ?? 0,
      powerWatts: powerWatts?.value ?? 0,
      powerSource: powerWatts?.source ?? "",
      powerAgeSec: powerWatts?.ageSec ?? 0,
      cpuModel: hardware?.cpuModel.slice(0, maxNameLength) ?? "",
      cpuCount: hardware?.cpuCount ?? 0,
      memoryBytes: BigInt(hardware?.memoryBytes ?? 0),
      gpus: (hardware?.gpus ?? []).slice(0, maxGpus).map(({ name, memoryBytes }) => ({
        name: name.slice(0, maxNameLength),
        memoryBytes: BigInt(memoryBytes),
      })),
    }),
  );
  const others = (info.$unknown ?? []).filter(({ no }) => no !== computeFactsField);
  const data = new BinaryWriter().bytes(bytes).finish();
  info.$unknown = [...others, { no: computeFactsField, wireType: WireType.LengthDelimited, data }];
}

/** What a peer says of its machine; undefined when it says nothing, or nothing that can be read. */
export function computeFactsOf(info: Pick<OrchestratorInfo, "$unknown">): ComputeFacts | undefined {
  const field = info.$unknown?.findLast(
    ({ no, wireType }) => no === computeFactsField && wireType === WireType.LengthDelimited,
  );
  if (field === undefined || field.data.length > maxFactsBytes) return undefined;
  try {
    return readFacts(fromBinary(ComputeFactsSchema, new BinaryReader(field.data).bytes()));
  } catch {
    // a peer may put anything there; it is no worse than one that says nothing
    return undefined;
  }
}

function readFacts(wire: WireFacts): ComputeFacts {
  const bandwidthBps = figureOf<"measured">(Number(wire.bandwidthBps), wire.bandwidthSource, wire.bandwidthAgeSec, [
    "measured",
  ]);
  const sources = ["rapl", "nvidia-smi"] as const;
  const powerWatts = figureOf<(typeof sources)[number]>(wire.powerWatts, wire.powerSource, wire.powerAgeSec, sources);
  const hardware = {
    cpuModel: wire.cpuModel.slice(0, maxNameLength),
    cpuCount: wire.cpuCount,
    memoryBytes: Number(wire.memoryBytes),
    gpus: wire.gpus.slice(0, maxGpus).map(({ name, memoryBytes }) => ({
      name: name.slice(0, maxNameLength),
      memoryBytes: Number(memoryBytes),
    })),
  };
  return {
    ...(regionPattern.test(wire.region) ? { region: wire.region } : {}),
    ...(bandwidthBps === undefined ? {} : { bandwidthBps }),
    ...(powerWatts === undefined ? {} : { powerWatts }),
    ...(hardware.cpuCount > 0 || hardware.gpus.length > 0 ? { hardware } : {}),
  };
}

function figureOf<Source extends string>(
  value: number,
  source: string,
  ageSec: number,
  sources: readonly Source[],
): Figure<Source> | undefined {
  const known = (["operator", ...sources] as const).find((name) => name === source);
  return known === undefined || !Number.isFinite(value) || value <= 0 ? undefined : { value, source: known, ageSec };
}
