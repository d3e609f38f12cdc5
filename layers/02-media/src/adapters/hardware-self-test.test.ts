// The self-test's logic, against a scripted ffmpeg that takes hardware's words and works in software.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@livepeer-ts/kernel";
import { systemClock } from "@livepeer-ts/kernel/adapters";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { requireFfmpeg } from "../testing/require-ffmpeg.ts";
import { type ScriptedFfmpeg, scriptedHardwareFfmpeg } from "../testing/scripted-hardware-ffmpeg.ts";
import { hardwareAbilities } from "../transcode/hardware/abilities.ts";
import type { HardwareDevice } from "../transcode/hardware/hardware-spec.ts";
import { findHardware } from "./find-hardware.ts";
import { commonAbilities, type SelfTestOptions, testHardware } from "./hardware-self-test.ts";

const hasFfmpeg = await requireFfmpeg();
let folder = "";
let scripted: ScriptedFfmpeg;
const lines: string[] = [];
const logger: Logger = {
  debug: () => undefined,
  info: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  warn: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  error: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  child: () => logger,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "self-test-"));
});
beforeEach(async () => {
  scripted = await scriptedHardwareFfmpeg(await mkdtemp(join(folder, "bin-")));
  // As many as a test has renditions: software takes its time for 32.
  await scripted.limit(4);
});
afterEach(() => lines.splice(0));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Enough to tell one outcome from another; a whole test takes software a while. */
const few = { abilities: [...hardwareAbilities.slice(0, 3), ...hardwareAbilities.slice(4, 5)] };
const nvidia = (id: string): HardwareDevice => ({ kind: "nvidia", id });

function test(devices: readonly HardwareDevice[], limits: Partial<SelfTestOptions> = few) {
  const options = { ffmpegPath: scripted.path, workDir: join(folder, "work"), ...limits };
  return testHardware(devices, options, { clock: systemClock(), logger, signal: new AbortController().signal });
}

describe.skipIf(!hasFfmpeg)("the hardware self-test", { timeout: 120_000 }, () => {
  it("shows what a device can do, and says what it cannot and why", async () => {
    await scripted.set("without-hevc_nvenc");
    const [report] = await test([nvidia("0")]);
    const ways = Object.fromEntries(report?.results.map(({ name, decoded }) => [name, decoded]) ?? []);
    expect(ways).toMatchObject({ h264: "device", "hevc-decode": "device", "h264-444-8": "memory" });
    expect(ways["hevc-encode"]).toBeUndefined();
    expect(report?.device.encodeSessions).toBe(4);
    expect(report?.device.decodes).toContain("hevc");
    expect(lines.find((line) => line.startsWith("hardware self-test"))).toContain('"hevc-encode":"no"');
    expect(lines.find((line) => line.includes('"capability":"hevc-encode"'))).toContain("Unknown encoder 'hevc_nvenc'");
    expect(await scripted.calls()).toContain("0 device 4");
  });

  it("announces what every device can do", () => {
    const report = (id: string, names: readonly string[]) => ({
      device: { ...nvidia(id), encodeSessions: 1, decodes: new Set<never>() },
      results: ["h264", "hevc-decode"].map((name) => ({
        name,
        decoded: names.includes(name) ? ("device" as const) : undefined,
        why: "",
      })),
    });
    expect(commonAbilities([report("0", ["h264", "hevc-decode"]), report("1", ["h264"])])).toEqual(["h264"]);
  });

  it.each([
    [3, 3],
    [5, 5],
    [40, 32],
  ])("where a driver takes %i encoders at once, counts on %i", async (limit, expected) => {
    await scripted.limit(limit);
    const [report] = await test([nvidia("0")]);
    expect(report?.device.encodeSessions).toBe(expected);
    expect(lines.some((line) => line.includes("restricted by driver"))).toBe(limit < 4);
    // What is optional is tested with as many as there may be.
    expect(report?.results.find(({ name }) => name === "hevc-encode")?.decoded).toBe("device");
  });

  it("goes on in memory where the device encodes and cannot decode", async () => {
    await scripted.set("without-decoder");
    const [report] = await test([nvidia("0")]);
    expect(report?.results[0]).toMatchObject({ name: "h264", decoded: "memory" });
    expect(report?.results.find(({ name }) => name === "hevc-decode")?.decoded).toBeUndefined();
    expect([...(report?.device.decodes ?? [])]).toEqual([]);
  });

  it("ends with ffmpeg's words when a device cannot do what is required", async () => {
    await scripted.set("broken-1");
    await expect(test([nvidia("0"), nvidia("1")])).rejects.toMatchObject({
      code: "hardware_unsupported",
      message: expect.stringMatching(
        /required capability "H\.264" is not supported on hardware nvidia 1\. ffmpeg said: .*No capable devices found/,
      ),
    });
  });
});

describe("devices of this machine", () => {
  async function places(smi: string | undefined, nodes: readonly string[]) {
    const own = await mkdtemp(join(folder, "dev-"));
    await mkdir(join(own, "dri"));
    for (const node of nodes) await writeFile(join(own, node), "");
    const nvidiaSmi = join(own, "nvidia-smi");
    if (smi !== undefined) {
      await writeFile(nvidiaSmi, `#!/bin/sh\n${smi}\n`);
      await chmod(nvidiaSmi, 0o755);
    }
    return { devFolder: own, nvidiaSmi };
  }
  const idsOf = (devices: readonly HardwareDevice[]) => devices.map(({ id }) => id);

  it("are those that nvidia-smi lists, else the nodes in /dev", async () => {
    const all = { kind: "nvidia", ids: "all" } as const;
    expect(idsOf(await findHardware(all, await places("printf '0\\n1\\n'", ["nvidia7"])))).toEqual(["0", "1"]);
    const nodes = ["nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm"];
    expect(idsOf(await findHardware(all, await places("exit 9", nodes)))).toEqual(["2", "10"]);
    expect(idsOf(await findHardware(all, await places(undefined, nodes)))).toEqual(["2", "10"]);
    await expect(findHardware(all, await places(undefined, []))).rejects.toThrow(/^no nvidia device was found: /);
  });

  it("are refused when they are not there, and taken as they are when nothing can tell", async () => {
    const second = { kind: "nvidia", ids: ["0", "2"] } as const;
    await expect(findHardware(second, await places("printf '0\\n1\\n'", []))).rejects.toMatchObject({
      code: "no_hardware",
      message: expect.stringContaining("there is no nvidia device 2 (found: 0, 1): nvidia-smi should list it"),
    });
    expect(idsOf(await findHardware(second, await places(undefined, [])))).toEqual(["0", "2"]);
  });

  it("are the render nodes of VA-API", async () => {
    const at = await places(undefined, ["dri/renderD129", "dri/renderD128", "dri/card0"]);
    expect(idsOf(await findHardware({ kind: "vaapi", ids: "all" }, at))).toEqual([
      join(at.devFolder, "dri/renderD128"),
      join(at.devFolder, "dri/renderD129"),
    ]);
    await expect(findHardware({ kind: "vaapi", ids: "all" }, await places(undefined, []))).rejects.toThrow(
      /^no vaapi device was found: .*\/dev\/dri/,
    );
  });
});
