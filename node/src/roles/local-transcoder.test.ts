// A scripted ffmpeg stands in the PATH: it takes hardware's words and works in software.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capability, defaultCapabilities } from "@livepeer-ts/execution";
import { presetProfiles } from "@livepeer-ts/media";
import {
  makeCounterClip,
  requireFfmpeg,
  requireNodeAv,
  type ScriptedFfmpeg,
  scriptedHardwareFfmpeg,
} from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalTranscoderConfig } from "../flags/node-config.ts";
import { createProcessPorts } from "../process-ports.ts";
import { announcedCapabilities, openLocalTranscoder } from "./local-transcoder.ts";

const hasFfmpeg = await requireFfmpeg();
const nodeAv = await requireNodeAv();
const before = process.env["PATH"] ?? "";
const main = join(import.meta.dirname, "..", "main.ts");

let folder = "";
let scripted: ScriptedFfmpeg;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "local-transcoder-"));
  scripted = await scriptedHardwareFfmpeg(join(folder, "bin"));
  // Software takes its time for as many encoders as are tried at most.
  await scripted.limit(4);
  process.env["PATH"] = `${join(folder, "bin")}:${before}`;
});
afterAll(async () => {
  process.env["PATH"] = before;
  await rm(folder, { recursive: true, force: true });
});

type Hardware = LocalTranscoderConfig["hardware"];
const nvidia = (isTested = true): Hardware => ({ wish: { kind: "nvidia", ids: ["0"] }, isTested });

async function opened<T>(
  config: Partial<LocalTranscoderConfig>,
  look: (local: Awaited<ReturnType<typeof openLocalTranscoder>>) => Promise<T>,
): Promise<T> {
  const ports = createProcessPorts("test", { level: 0, format: "text" });
  const engine = { kind: "ffmpeg" } as const;
  const settings = { preset: "ultrafast", engine, hevcDecoding: undefined, hardware: undefined, ...config } as const;
  const local = await openLocalTranscoder(settings, join(folder, "data"), ports);
  try {
    return await look(local);
  } finally {
    await local.backend.close();
    await ports.tasks.stop();
    await ports.net.stop();
  }
}

describe.skipIf(!hasFfmpeg || nodeAv === undefined)("the transcoder of this machine on node-av", () => {
  it("works with it where it is installed, and is not opened where it is not", async () => {
    const folderOf = nodeAv?.folder;
    await opened({ engine: { kind: "node-av", folder: folderOf } }, async ({ backend, capabilities, engine }) => {
      expect([engine, capabilities]).toEqual(["node-av 6.1.1", [...defaultCapabilities]]);
      const path = join(folder, "node-av.ts");
      await makeCounterClip({ path, width: 320, height: 180, fps: 30, seconds: 1 });
      const segment = { seqNo: 0, durationMs: 1000, container: "mpegts", bytes: await readFile(path) } as const;
      const request = { sessionId: "s", segment, profiles: presetProfiles("P144p30fps16x9") };
      const { renditions } = await backend.transcode(request, new AbortController().signal);
      expect(renditions[0]?.frameCount).toBe(30);
    });
    const missing = opened({ engine: { kind: "node-av", folder: undefined } }, async () => {});
    await expect(missing).rejects.toThrow(`it is not installed in ${join(folder, "data", "node-av")}`);
  }, 120_000);
});

describe.skipIf(!hasFfmpeg)("the transcoder of this machine", () => {
  it("announces what the self-test showed and works on the device", async () => {
    await opened({ hardware: nvidia() }, async ({ backend, capabilities, engine }) => {
      expect(capabilities).toEqual(
        expect.arrayContaining([
          ...defaultCapabilities,
          capability.hevcDecode,
          capability.hevcEncode,
          capability.h264Decode444Bits8,
        ]),
      );
      expect(engine).toMatch(/^ffmpeg \S+, nvidia 0$/);
      const path = join(folder, "clip.ts");
      await makeCounterClip({ path, width: 320, height: 180, fps: 30, seconds: 1 });
      await scripted.calls();
      const segment = { seqNo: 0, durationMs: 1000, container: "mpegts", bytes: await readFile(path) } as const;
      const request = { sessionId: "s", segment, profiles: presetProfiles("P144p30fps16x9") };
      const { renditions } = await backend.transcode(request, new AbortController().signal);
      expect(renditions[0]?.frameCount).toBe(30);
      expect(await scripted.calls()).toEqual(["0 device 1"]);
    });
  }, 120_000);

  it("does not announce HEVC when it may not, and announces it untested when it must", async () => {
    await scripted.calls();
    const untested = await opened({ hardware: nvidia(false) }, async ({ capabilities }) => capabilities);
    expect(untested).toEqual(defaultCapabilities);
    const forced = { hardware: nvidia(false), hevcDecoding: true };
    expect(await opened(forced, async ({ capabilities }) => capabilities)).toContain(capability.hevcDecode);
    // untested: nothing was run
    expect(await scripted.calls()).toEqual([]);
    const names = ["h264", "hevc-encode", "hevc-decode"];
    const found = [capability.hevcEncode, capability.hevcDecode];
    expect(announcedCapabilities(names, undefined)).toEqual([...defaultCapabilities, ...found]);
    expect(announcedCapabilities(names, false)).toEqual([...defaultCapabilities, capability.hevcEncode]);
  }, 120_000);

  it("ends the node with ffmpeg's words when a device cannot do the work", async () => {
    await scripted.set("broken-0");
    try {
      const args = ["-orchestrator", "-transcoder", "-serviceAddr", "127.0.0.1:1", "-nvidia", "0"];
      const ended = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
        execFile(process.execPath, [main, ...args, "-dataDir", join(folder, "node")], (error, _, stderr) =>
          resolve({ code: error?.code, stderr }),
        );
      });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(
        /required capability "H\.264" is not supported on hardware nvidia 0\. ffmpeg said: .*No capable devices found/,
      );
    } finally {
      await scripted.set("broken-0", false);
    }
  }, 120_000);
});
