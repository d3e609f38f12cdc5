import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgeBinary, root, run } from "./support/forge.ts";

const folder = "contracts/cache/london";

/** Chains without the instructions of Shanghai and Cancun can run the contracts too. forge keeps what it has built. */
test("everything compiles for the London instructions and fits the size limit there", async () => {
  const { code, stdout, stderr } = await run(forgeBinary(), [
    ...["build", "--skip", "test", "--evm-version", "london", "--color", "never"],
    ...["--out", join(folder, "out"), "--cache-path", join(folder, "forge")],
  ]);
  expect(code, `${stdout}${stderr}`).toBe(0);
  for (const name of ["LivepeerGovernor", "BondingManagerRewardCaller"]) {
    const artifact = JSON.parse(await readFile(join(root, folder, "out", `${name}.sol`, `${name}.json`), "utf8")) as {
      readonly metadata: { readonly settings: { readonly evmVersion: string } };
      readonly deployedBytecode: { readonly object: string };
    };
    expect(artifact.metadata.settings.evmVersion).toBe("london");
    expect((artifact.deployedBytecode.object.length - 2) / 2).toBeLessThanOrEqual(24_576);
  }
}, 300_000);
