import { create } from "@bufbuild/protobuf";
import {
  type Capabilities,
  type Capabilities_Constraints,
  Capabilities_ConstraintsSchema,
  CapabilitiesSchema,
} from "../wire/net_pb.gen.ts";
import { bitsOf, bitstringOf, clearBit, setBit } from "./capability-bitstring.ts";

/** What a node announces. */
export type NodeCapabilitiesInput = {
  readonly capabilities: Iterable<number>;
  /** What it expects of the other side. */
  readonly mandatories?: Iterable<number>;
  /** Version of the node; empty announces none. */
  readonly version?: string;
  readonly constraints?: Capabilities_Constraints;
};

/** The message a node announces itself with: one unit of capacity per capability, empty constraints unless given. */
export function nodeCapabilities(input: NodeCapabilitiesInput): Capabilities {
  const numbers = [...input.capabilities];
  const capacities: Record<number, number> = {};
  for (const number of numbers) capacities[number >>> 0] = 1;
  return create(CapabilitiesSchema, {
    bitstring: bitstringOf(numbers),
    mandatories: bitstringOf(input.mandatories ?? []),
    capacities,
    version: input.version ?? "",
    constraints: input.constraints ?? create(Capabilities_ConstraintsSchema),
  });
}

/** Capacity per capability; a peer that sends none has one of each bit. */
export function capacitiesOf(capabilities: Capabilities): Map<number, number> {
  const entries = Object.entries(capabilities.capacities);
  if (entries.length === 0) return new Map(bitsOf(capabilities.bitstring).map((number) => [number, 1]));
  return new Map(entries.map(([number, capacity]) => [Number(number), capacity]));
}

/** The set with a worker's capacities added. */
export function addCapacity(to: Capabilities, worker: Capabilities): Capabilities {
  const capacities = capacitiesOf(to);
  const bitstring = [...to.bitstring];
  for (const [number, capacity] of capacitiesOf(worker)) {
    capacities.set(number, (capacities.get(number) ?? 0) + capacity);
    if (number < 0x80000000) setBit(bitstring, number);
  }
  return withCapacities(to, bitstring, capacities);
}

/** The set without a worker's capacities; a capability goes when nothing of it is left. */
export function removeCapacity(from: Capabilities, worker: Capabilities): Capabilities {
  const capacities = capacitiesOf(from);
  const bitstring = [...from.bitstring];
  for (const [number, capacity] of capacitiesOf(worker)) {
    const had = capacities.get(number);
    if (had === undefined) continue;
    if (had - capacity > 0) {
      capacities.set(number, had - capacity);
    } else {
      capacities.delete(number);
      clearBit(bitstring, number);
    }
  }
  return withCapacities(from, bitstring, capacities);
}

function withCapacities(base: Capabilities, bitstring: bigint[], capacities: Map<number, number>): Capabilities {
  return create(CapabilitiesSchema, {
    bitstring,
    mandatories: [...base.mandatories],
    capacities: Object.fromEntries(capacities),
    version: base.version,
    ...(base.constraints === undefined ? {} : { constraints: base.constraints }),
  });
}
