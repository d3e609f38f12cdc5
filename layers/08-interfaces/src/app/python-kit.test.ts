import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "..", "..", "python");
const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const python = names.find(
  (name) => spawnSync(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]).status === 0,
);
if (python === undefined && process.env["CI"] === "true") throw new Error("the Python kit needs Python 3.11 or newer");

it.skipIf(python === undefined)("the Python kit passes its own tests", { timeout: 60_000 }, () => {
  const { status, stderr } = spawnSync(python as string, ["-m", "unittest", "discover", "-s", "tests", "-t", "."], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  expect(stderr).toMatch(/^Ran (1\d|[2-9]\d) tests/m);
  expect(status, stderr).toBe(0);
});
