// Static checks: formatting and lint, types, the dependency rule. Run by `npm run check` and first thing in `npm test`.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);
const steps = [
  ["biome", bin("biome"), ["check", "--max-diagnostics=50"]],
  ["types", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]],
  ["layers", process.execPath, [join(root, "scripts", "check-layers.mjs")]],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"} ${name}`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
