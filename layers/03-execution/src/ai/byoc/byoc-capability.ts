import { create } from "@bufbuild/protobuf";
import { setBit } from "../../capabilities/capability-bitstring.ts";
import { capability } from "../../capabilities/index.ts";
import { type Capabilities, CapabilitiesSchema } from "../../wire/net_pb.gen.ts";

/** What a job of one external capability asks for. */
export function byocJobCapabilities(name: string): Capabilities {
  const bitstring: bigint[] = [];
  setBit(bitstring, capability.byoc);
  return create(CapabilitiesSchema, {
    bitstring,
    constraints: { PerCapability: { [capability.byoc]: { models: { [name]: {} } } } },
  });
}

/** What a node announces when workers have registered with it. */
export function withByoc(own: Capabilities, isOffered: boolean): Capabilities {
  if (!isOffered) return own;
  const bitstring = [...own.bitstring];
  setBit(bitstring, capability.byoc);
  return create(CapabilitiesSchema, { ...own, bitstring });
}
