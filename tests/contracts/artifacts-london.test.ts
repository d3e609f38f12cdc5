import { afterAll, beforeAll, expect, test } from "vitest";
import { ExportedArtifacts } from "./support/exported-artifacts.ts";

const contractSizeLimit = 24_576;
let exported: ExportedArtifacts;

beforeAll(async () => {
  exported = await ExportedArtifacts.make(["--evm-version", "london"]);
}, 300_000);

afterAll(async () => {
  await exported?.remove();
});

test("artifacts for test networks that know no newer instructions than London's", async () => {
  expect(exported.printed).toContain("contracts for london");
  const { input, output } = await exported.buildInfo("contracts/Controller.sol", "Controller");
  expect(input.settings.evmVersion).toBe("london");
  const { bytecode } = await exported.artifact("contracts/Controller.sol", "Controller");
  expect(bytecode).toBe(`0x${output.contracts["contracts/Controller.sol"]?.["Controller"]?.evm.bytecode.object}`);
  // PUSH0 is younger: solc without it begins by setting the free memory pointer and checking the value, in these bytes.
  expect(bytecode.slice(0, 12)).toBe("0x6080604052");
  let largest = 0;
  for (const [source, contracts] of Object.entries(output.contracts)) {
    if (!source.startsWith("contracts/")) continue;
    for (const { evm } of Object.values(contracts)) {
      largest = Math.max(largest, evm.deployedBytecode.object.length / 2);
    }
  }
  expect(largest).toBeGreaterThan(20_000);
  expect(largest).toBeLessThanOrEqual(contractSizeLimit);
});
