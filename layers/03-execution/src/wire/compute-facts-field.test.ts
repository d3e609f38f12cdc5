import { readFileSync } from "node:fs";
import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ComputeFacts } from "@livepeer-ts/compute";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeFactsField, computeFactsOf, setComputeFacts } from "./compute-facts-field.ts";
import { OrchestratorInfoSchema, TranscodeResultSchema } from "./net_pb.gen.ts";

const facts: ComputeFacts = {
  region: "eu-west",
  bandwidthBps: { value: 940_000_000, source: "measured", ageSec: 12 },
  powerWatts: { value: 139.3, source: "nvidia-smi", ageSec: 3 },
  hardware: {
    cpuModel: "Some Processor 9000",
    cpuCount: 32,
    memoryBytes: 137_438_953_472,
    gpus: [{ name: "Some GPU", memoryBytes: 25_757_220_864 }],
  },
};

/** Answers of a go-livepeer node, as recorded. */
const vectors = JSON.parse(
  readFileSync(new URL("../../../../spec/vectors/orchestrator-info.json", import.meta.url), "utf8"),
) as { readonly vectors: readonly { readonly expected: { readonly info: string } }[] };
const recorded = vectors.vectors.map(({ expected }) => Buffer.from(expected.info.replace(/^0x/, ""), "hex"));

describe("compute facts in OrchestratorInfo", () => {
  it("are read as they were written", () => {
    const info = create(OrchestratorInfoSchema, { transcoder: "https://o.example:8935" });
    expect(computeFactsOf(info)).toBeUndefined();
    setComputeFacts(info, facts);
    setComputeFacts(info, facts);
    expect(info.$unknown?.length).toBe(1);
    expect(computeFactsOf(fromBinary(OrchestratorInfoSchema, toBinary(OrchestratorInfoSchema, info)))).toEqual(facts);
  });

  it("leave every recorded answer as it was for a peer that does not know them, and survive its re-encoding", () => {
    expect(recorded.length).toBeGreaterThan(0);
    for (const bytes of recorded) {
      const info = fromBinary(OrchestratorInfoSchema, bytes);
      setComputeFacts(info, facts);
      const sent = toBinary(OrchestratorInfoSchema, info);
      // the schema in use is the recorded one: it has no field for them
      expect(OrchestratorInfoSchema.fields.some(({ number }) => number === computeFactsField)).toBe(false);
      const strict = fromBinary(OrchestratorInfoSchema, sent, { readUnknownFields: false });
      expect(toJson(OrchestratorInfoSchema, strict)).toEqual(
        toJson(OrchestratorInfoSchema, fromBinary(OrchestratorInfoSchema, bytes)),
      );
      const passedOn = toBinary(OrchestratorInfoSchema, fromBinary(OrchestratorInfoSchema, sent));
      expect(computeFactsOf(fromBinary(OrchestratorInfoSchema, passedOn))).toEqual(facts);
      const inResult = toBinary(
        TranscodeResultSchema,
        create(TranscodeResultSchema, { info: fromBinary(OrchestratorInfoSchema, sent) }),
      );
      const { info: arrived } = fromBinary(TranscodeResultSchema, inResult);
      expect(arrived === undefined ? undefined : computeFactsOf(arrived)).toEqual(facts);
    }
  });

  it("have their field at the number that is documented", () => {
    const info = create(OrchestratorInfoSchema);
    setComputeFacts(info, { region: "x" });
    // 1001 << 3 | 2 as a varint, then the length, then field 1: "x"
    expect(Buffer.from(toBinary(OrchestratorInfoSchema, info)).toString("hex")).toBe("ca3e030a0178");
  });

  it("of a peer that writes rubbish count as nothing, whatever it writes", () => {
    const infoWith = (payload: Uint8Array) => {
      const data = new BinaryWriter().bytes(payload).finish();
      return { $unknown: [{ no: computeFactsField, wireType: WireType.LengthDelimited, data }] };
    };
    expect(computeFactsOf(infoWith(new Uint8Array(9000)))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        const read = computeFactsOf(infoWith(payload));
        expect(read?.region ?? "x").toMatch(/^[a-z0-9-]+$/);
        expect(read?.bandwidthBps?.value ?? 1).toBeGreaterThan(0);
      }),
    );
    const shouting = create(OrchestratorInfoSchema);
    setComputeFacts(shouting, { region: "<b>EU</b>", bandwidthBps: { value: -5, source: "operator", ageSec: 0 } });
    expect(computeFactsOf(shouting)).toEqual({});
  });
});
