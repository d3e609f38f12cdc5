import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ffmpeg, makeCounterClip } from "@livepeer-ts/media/testing";
import { beforeAll, describe, expect, it } from "vitest";
import type { World } from "./fault-world.ts";
import type { ApiStream, GatewayProcess } from "./off-chain-network.ts";
import { pushSegment } from "./push-client.ts";

/** Cuts a clip into segments of two seconds. */
export async function cutSegments(clip: string, prefix: string, count: number): Promise<Buffer[]> {
  const split = ["-c", "copy", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts"];
  await ffmpeg(["-v", "error", "-i", clip, ...split, `${prefix}%d.ts`]);
  return Promise.all(Array.from({ length: count }, (_, i) => readFile(`${prefix}${i}.ts`)));
}

/** Segments over HTTP push that are not what they should be. */
export function describePushFaults(world: World): void {
  describe("segments over HTTP push", () => {
    let gateway: GatewayProcess;
    let stream: ApiStream;
    let segments: Buffer[];
    let large: Buffer;
    let withoutKeyframe: Buffer;
    let sound: Buffer;

    const push = (seqNo: number, bytes: Uint8Array) => pushSegment(gateway, stream.id, seqNo, bytes);
    const good = async (seqNo: number, bytes: Uint8Array | undefined) =>
      expect(await push(seqNo, bytes ?? new Uint8Array())).toEqual({ status: 200, text: "", frames: [50, 50] });

    beforeAll(async () => {
      const { network, clip, folder } = world();
      gateway = network.gateways[0] as GatewayProcess;
      segments = await cutSegments(clip, join(folder, "cut"), 9);
      const other = join(folder, "large.mp4");
      await makeCounterClip({ path: other, width: 640, height: 360, fps: 25, seconds: 2 });
      large = (await cutSegments(other, join(folder, "large"), 1))[0] as Buffer;
      const copy = async (name: string, ...args: string[]) => {
        const path = join(folder, name);
        await ffmpeg(["-v", "error", "-i", join(folder, "cut0.ts"), "-c", "copy", ...args, path]);
        return readFile(path);
      };
      withoutKeyframe = await copy("tail.ts", "-map", "0:v", "-bsf:v", "noise=drop=key");
      sound = await copy("sound.ts", "-map", "0:a");
      stream = await network.createStream("pushed");
    });

    it("need a key that exists", async () => {
      const answer = await pushSegment(gateway, "wrong", 0, segments[0] as Buffer);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain("check the stream key, or create the stream first");
    });

    it("that are not media are refused at the door and never listed", async () => {
      await good(0, segments[0]);
      const noise = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 7919) >>> 3);
      const cut = segments[1]?.subarray(0, 100) ?? noise;
      for (const bytes of [noise, Buffer.from("<html></html>"), new Uint8Array(0), cut]) {
        const answer = await push(1, bytes);
        expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("Error getting codec info url=")]);
        expect(answer.text).toContain("push whole MPEG-TS or MP4 segments");
      }
      await good(1, segments[1]);
      const listed = await (await fetch(`${gateway.url}/stream/${stream.playbackId}/source.m3u8`)).text();
      expect(listed.match(/\d+\.ts/g)).toEqual(["0.ts", "1.ts"]);
    });

    it("that cannot be decoded are refused with reason and remedy, and the next good one is served", async () => {
      const noKey = await push(2, withoutKeyframe);
      expect([noKey.status, noKey.text]).toEqual([422, expect.stringContaining('err="No keyframes in input"')]);
      expect(noKey.text).toContain("begin every segment with a keyframe");
      const noPicture = await push(3, sound);
      expect([noPicture.status, noPicture.text]).toEqual([422, expect.stringContaining("TranscoderInvalidVideo")]);
      expect(noPicture.text).toContain("push segments with a video track");
      await good(4, segments[2]);
    });

    it("may change their resolution midway", async () => {
      await good(5, large);
      await good(6, segments[3]);
    });

    it("that break off are served as far as they go or refused, and the next good one is served", async () => {
      for (const [i, part] of [0.1, 0.5, 0.9].entries()) {
        const whole = segments[4] as Buffer;
        const answer = await push(10 + i, whole.subarray(0, Math.floor(whole.length * part)));
        if (answer.status === 200) for (const frames of answer.frames) expect(frames).toBeGreaterThan(0);
        else expect([answer.status, answer.text]).toEqual([422, expect.stringMatching(/err="[^"]+"\n.+push it whole/)]);
      }
      await good(20, segments[5]);
    });

    it("with a number that is there already are refused and change nothing", async () => {
      await good(30, segments[6]);
      const again = await push(30, segments[7] as Buffer);
      expect([again.status, again.text]).toEqual([500, expect.stringContaining("segment already exists")]);
      const kept = await fetch(`${gateway.url}/stream/${stream.playbackId}/source/30.ts`);
      expect(Buffer.compare(Buffer.from(await kept.arrayBuffer()), segments[6] as Buffer)).toBe(0);
      await good(31, segments[7]);
    });
  });
}
