// Static checks: formatting and lint, types, the dependency rule. Run by `npm run check` and first thing in `npm test`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);
const steps = [
  ["biome", bin("biome"), ["check", "--max-diagnostics=50"]],
  ["types", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]],
  ["layers", process.execPath, [join(root, "scripts", "check-layers.mjs")]],
];
// the reference runner's types come with its own packages
const runner = join(root, "runners", "reference");
if (existsSync(join(runner, "node_modules"))) {
  steps.push(["types of the reference runner", bin("tsc"), ["-p", join(runner, "tsconfig.json"), "--noEmit"]]);
} else console.log("skipped types of the reference runner: npm run models installs its packages");
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"} ${name}`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
