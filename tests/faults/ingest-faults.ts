import { join } from "node:path";
import { publishClip } from "@livepeer-ts/media/adapters";
import { makeCounterClip, RtmpTestClient, readCounters } from "@livepeer-ts/media/testing";
import { describe, expect, it } from "vitest";
import { clipSize, type World } from "./fault-world.ts";
import { ladder } from "./off-chain-network.ts";
import { RunningStream } from "./running-stream.ts";

const setChunkSize = 1;

/** Publishers that misbehave, are refused or send less than usual. */
export function describeIngestFaults(world: World): void {
  describe("publishers over RTMP", () => {
    it("that send garbage, half handshakes, unknown commands or oversize chunks harm nobody else", async () => {
      const { network, main } = world();
      const connect = () => RtmpTestClient.connect(network.gateways[0]?.rtmpPort ?? 0);
      const [garbage, half, late] = [await connect(), await connect(), await connect()];
      const [chunky, talker, silent] = [await connect(), await connect(), await connect()];
      half.raw(new Uint8Array([3, ...new Uint8Array(700)]));
      garbage.raw(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
      late.handshake();
      late.raw(new Uint8Array(5000).fill(0xff));
      chunky.handshake();
      chunky.message(setChunkSize, Uint8Array.of(0x7f, 0xff, 0xff, 0xff), 0, 0, 2);
      talker.handshake();
      talker.command("connect", 1, { app: "live" });
      talker.command("teleport", 9, null);
      expect((await talker.waitFor((command) => command.name === "_error"))?.values[1]).toBe(9);
      await Promise.all([garbage.closed, late.closed, chunky.closed]);
      talker.socket.resetAndDestroy();
      half.socket.resetAndDestroy();
      silent.close();
      await main.goesOn(1);
    });

    it("with a wrong key see why they are refused", async () => {
      const { network, clip } = world();
      const exit = await publishClip({ clip, rtmpUrl: `${network.gateways[0]?.rtmpUrl}/wrong-wrong-wrong` }).exited;
      expect(exit.code).not.toBe(0);
      expect(exit.stderr).toContain("no stream has this key; check the stream key, or create the stream first");
    });

    it("of a stream that is on air already are refused, and the first goes on", async () => {
      const { network, clip, main } = world();
      const exit = await publishClip({ clip, rtmpUrl: `${network.gateways[0]?.rtmpUrl}/${main.stream.streamKey}` })
        .exited;
      expect(exit.code).not.toBe(0);
      expect(exit.stderr).toContain("is being published already; stop the other publisher or use another name");
      await main.goesOn(1);
    });

    it("that never send a frame are not active; those that do are", async () => {
      const { network, main } = world();
      const stream = await network.createStream("never a frame");
      expect(stream.isActive).toBe(false);
      const publisher = await RtmpTestClient.connect(network.gateways[0]?.rtmpPort ?? 0);
      publisher.publish("live", stream.streamKey);
      expect(await publisher.status()).toMatchObject({ code: "NetStream.Publish.Start" });
      await main.goesOn(1);
      expect((await network.readStream(stream)).isActive).toBe(false);
      expect((await network.readStream(main.stream)).isActive).toBe(true);
      publisher.close();
    });

    it("without sound reach the player frame by frame", async () => {
      const { network, folder } = world();
      const clip = join(folder, "silent.mp4");
      await makeCounterClip({ ...clipSize, path: clip, fps: 25, seconds: 6, bitrateBps: 400_000, audio: false });
      const gateway = network.gateways[0];
      if (gateway === undefined) throw new Error("there is no gateway");
      const silent = new RunningStream(gateway, await network.createStream("silent"), { clip, folder, loop: false });
      expect(await silent.publisher.exited).toMatchObject({ code: 0 });
      expect(await silent.finish(network)).toEqual({ lost: 0, gaps: 0, segments: 3 });
      for (const { name, width, height } of ladder) {
        const shown = await readCounters(join(silent.folder, `${name}.ts`), { width, height });
        expect(shown).toEqual(Array.from({ length: 150 }, (_, frame) => frame));
      }
    });
  });
}
