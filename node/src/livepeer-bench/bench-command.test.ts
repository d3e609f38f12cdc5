import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ffmpeg, makeCounterClip, requireFfmpeg } from "@livepeer-ts/media/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchCommand } from "./bench-command.ts";

const hasFfmpeg = await requireFfmpeg();
const run = promisify(execFile);
const main = join(import.meta.dirname, "..", "main.ts");
let folder = "";
let playlist = "";

/** Runs the command; never rejects. */
async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ["--disable-warning=ExperimentalWarning", main, "bench", "-live=false", ...args];
  return run(process.execPath, command).then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

async function framesIn(file: string): Promise<number> {
  const args = ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
  const { stdout } = await run("ffprobe", [...args, "-of", "csv=p=0", file]);
  return Number.parseInt(stdout, 10);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "livepeer-bench-test-"));
  playlist = join(folder, "source.m3u8");
  const clip = join(folder, "clip.mp4");
  await makeCounterClip({ path: clip, width: 320, height: 180, fps: 25, seconds: 6, bitrateBps: 200_000 });
  await ffmpeg([
    "-v",
    "error",
    "-i",
    clip,
    "-c",
    "copy",
    "-f",
    "hls",
    "-hls_time",
    "2",
    "-hls_list_size",
    "0",
    playlist,
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!hasFfmpeg)("livepeer_bench", () => {
  it("transcodes every segment in every session, writes CSV that holds what it made, and the two ratios", async () => {
    const options = ["-transcodingOptions", "P144p30fps16x9,P240p30fps16x9", "-transcoderPreset", "ultrafast"];
    const { code, stdout, stderr } = await bench(
      ...["-in", playlist, "-concurrentSessions", "2", "-concurrentSessionDelay", "10ms", "-segs", "2"],
      ...["-outPrefix", join(folder, "out"), "-mpeg7Sign", ...options],
    );
    expect(code).toBe(0);
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toBe("timestamp,session,segment,seg_dur,transcode_time,frames");
    const rows = lines.map((line) => line.split(","));
    expect(rows.map(([, session, segment]) => `${session} ${segment}`).sort()).toEqual(["0 0", "0 1", "1 0", "1 1"]);
    for (const [at = "", session, segment, duration, seconds, frames] of rows) {
      expect(at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/);
      expect(duration).toBe("2");
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(Number(frames)).toBe(await framesIn(join(folder, `out_P144p30fps16x9_${session}_${segment}.ts`)));
    }
    const made = (await readdir(folder)).filter((name) => name.startsWith("out_"));
    expect(made).toHaveLength(2 * 2 * 2);

    const spent = rows.reduce((sum, row) => sum + Number(row[4]), 0);
    const shown = (name: string) => Number(new RegExp(`${name} \\*\\s+(\\S+)`).exec(stderr)?.[1]);
    expect(shown("Real-Time Duration Ratio")).toBeCloseTo(spent / 8, 2);
    const inTime = rows.filter((row) => Number(row[4]) <= 2).length;
    expect(shown("Real-Time Segs Ratio")).toBeCloseTo(inTime / 4, 3);
  });

  it("ends with the first segment that cannot be transcoded, and names it", async () => {
    await writeFile(join(folder, "bad.ts"), "this is no media");
    await writeFile(join(folder, "bad.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nbad.ts\n#EXT-X-ENDLIST\n");
    const { code, stderr } = await bench("-in", join(folder, "bad.m3u8"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/session 0, segment 0 \(.*bad\.ts\) could not be transcoded: \S/);
  });

  it("says what is wrong with a playlist or a flag before it begins", async () => {
    await writeFile(join(folder, "master.m3u8"), "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nsource.m3u8\n");
    await writeFile(join(folder, "empty.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-ENDLIST\n");
    await writeFile(join(folder, "other.m3u8"), "<html>");
    const said = (...args: string[]) =>
      benchCommand(["-live=false", ...args]).then(
        () => "nothing",
        (error: Error) => error.message,
      );
    expect(await said("-in", join(folder, "master.m3u8"))).toContain("lists renditions, not segments");
    expect(await said("-in", join(folder, "empty.m3u8"))).toContain("Input manifest has no segments");
    expect(await said("-in", join(folder, "other.m3u8"))).toContain("is no HLS playlist");
    expect(await said("-in", join(folder, "none.m3u8"))).toContain("cannot be read");
    expect(await said("-in", playlist, "-concurrentSessions", "0")).toContain("-concurrentSessions 0 does not do");
    expect(await said("-in", playlist, "-nope")).toContain("-nope");
  });
});
