import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { durationMs, flagsOf, read, root } from "./deployments.ts";

const folder = "deploy/systemd";
const unit = read(`${folder}/livepeer@.service`);
const examples = readdirSync(join(root, folder)).filter((name) => name.endsWith(".conf") && name !== "gpu.conf");
const settingOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe.each(examples)("%s", (name) => {
  const instance = name.replace(".conf", "");
  const path = `/etc/livepeer/${name}`;
  const { checked, flags } = flagsOf(["-config", path], {}, { [path]: read(`${folder}/${name}`) });
  const { config } = checked;

  it("starts a node of that role, with no flag that does nothing", () => {
    expect(checked.problems).toEqual([]);
    expect(checked.warnings).toEqual([]);
    expect(config?.role).toBe(instance);
  });

  it("keeps its data where the unit lets it, and its secrets in files", () => {
    expect(config?.dataDir).toBe(`/var/lib/${settingOf("StateDirectory").replace("%i", instance)}`);
    for (const flag of ["ethPassword", "orchSecret", "cliToken", "cliReadToken"]) {
      if (flags.isSet(flag)) expect(flags.written(flag)).toMatch(/^\/etc\/livepeer\/secrets\//);
    }
  });

  it("drains before systemd kills it", () => {
    expect(config?.drainTimeoutMs).toBe(600_000);
    expect(durationMs(settingOf("TimeoutStopSec"))).toBeGreaterThan((config?.drainTimeoutMs ?? 0) + 5000);
    expect(settingOf("KillSignal")).toBe("SIGTERM");
    expect(settingOf("KillMode")).toBe("mixed");
  });
});

describe("the unit", () => {
  it("starts what the image starts", () => {
    expect(settingOf("ExecStart")).toContain("/opt/livepeer-ts/node/src/main.ts -config /etc/livepeer/%i.conf");
  });

  it.skipIf(!hasAnalyze)("is right in systemd's eyes, and shut tight", () => {
    const copy = mkdtempSync(join(tmpdir(), "livepeer-unit-"));
    try {
      const path = join(copy, "livepeer@.service");
      // the program is somewhere else here
      writeFileSync(path, unit.replace("/usr/bin/node", process.execPath).replace(/^(User|Group)=.*\n/gm, ""));
      const verified = spawnSync(
        "systemd-analyze",
        ["verify", "--man=no", join(copy, "livepeer@orchestrator.service")],
        {
          encoding: "utf8",
          env: { ...process.env, SYSTEMD_UNIT_PATH: `${copy}:` },
        },
      );
      const ours = `${verified.stdout}${verified.stderr}`.split("\n").filter((line) => line.includes("livepeer@"));
      expect(ours).toEqual([]);
      const security = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=30", path], {
        encoding: "utf8",
      });
      expect(security.status, security.stdout + security.stderr).toBe(0);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
