import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, bitstringOf, hasBit, isSubset } from "./capability-bitstring.ts";
import { defaultCapabilities } from "./capability-number.ts";
import { addCapacity, capacitiesOf, nodeCapabilities, removeCapacity } from "./node-capabilities.ts";
import { meetsMinVersion } from "./node-version.ts";
import { capabilityToPipeline, pipelineToCapability } from "./pipeline-capability.ts";

describe("capabilities", () => {
  it("hold the numbers that were put in, words growing as needed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 })), (numbers) => {
        const words = bitstringOf(numbers);
        expect(bitsOf(words)).toEqual([...numbers].sort((a, b) => a - b));
        for (const number of numbers) expect(hasBit(words, number)).toBe(true);
      }),
    );
    expect(bitstringOf(defaultCapabilities)).toEqual([67133439n]);
  });

  it("compare word counts first: extra words of zero do not fit", () => {
    expect(isSubset([1n], [3n])).toBe(true);
    expect(isSubset([1n, 0n], [3n])).toBe(false);
  });

  it("come and go with the workers that bring them", () => {
    const node = nodeCapabilities({ capabilities: [0, 1] });
    const worker = nodeCapabilities({ capabilities: [1, 35, 130] });
    const both = addCapacity(addCapacity(node, worker), worker);
    expect(capacitiesOf(both).get(35)).toBe(2);
    expect(bitsOf(both.bitstring)).toEqual([0, 1, 35, 130]);
    const one = removeCapacity(both, worker);
    expect(bitsOf(one.bitstring)).toEqual([0, 1, 35, 130]);
    const none = removeCapacity(one, worker);
    expect(bitsOf(none.bitstring)).toEqual([0, 1]);
    expect(capacitiesOf(none).get(1)).toBe(1);
  });

  it("count as one each when a peer sends no capacities", () => {
    expect([...capacitiesOf({ ...nodeCapabilities({ capabilities: [3, 70] }), capacities: {} })]).toEqual([
      [3, 1],
      [70, 1],
    ]);
  });

  it("map every AI pipeline there and back", () => {
    for (const pipeline of ["text-to-image", "segment-anything-2", "llm", "live-video-to-video", "text-to-speech"]) {
      expect(capabilityToPipeline(pipelineToCapability(pipeline))).toBe(pipeline);
    }
    for (const other of ["byoc", "Byoc", "", "text to image x"]) {
      expect(() => pipelineToCapability(other)).toThrow("pipeline not available");
    }
  });

  it("ignore pre-release suffixes of versions", () => {
    expect(meetsMinVersion("0.9.1-abcdef", "0.9.1")).toBe(true);
    expect(meetsMinVersion("0.9.0", "0.9.1-rc.1")).toBe(false);
    expect(meetsMinVersion("0.10.0", "0.9.9")).toBe(true);
  });
});
