import { openPlatformDatabase } from "@livepeer-ts/data/platform-db";
import { silentLogger } from "@livepeer-ts/kernel";
import { createTasks, NodeNet, startHttpHost, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { startPlatform } from "@livepeer-ts/platform";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LivepeerClient, livepeerClient } from "../clients/livepeer-sdk.ts";

const cacheDir = new URL("../../.cache/test-platform", import.meta.url).pathname;

describe("the official TypeScript SDK, unmodified", () => {
  let client: LivepeerClient;
  let stranger: LivepeerClient;
  let stop: () => Promise<void> = async () => {};

  beforeAll(async () => {
    const database = await openPlatformDatabase({ cacheDir, now: 1, logger: silentLogger });
    const tasks = createTasks("test", silentLogger);
    const net = new NodeNet();
    const platform = await startPlatform(
      { internalToken: "t", gatewayUrl: "http://127.0.0.1:1", firstAccount: { email: "a@b" }, version: "test" },
      {
        database,
        chain: undefined,
        net,
        clock: systemClock(),
        random: systemRandom(),
        tasks,
        logger: silentLogger,
        files: undefined,
        local: undefined,
        gateway: undefined,
      },
    );
    const host = await startHttpHost({ port: 0 }, platform.handler, silentLogger);
    stop = async () => {
      await host.stop();
      await platform.stop();
      await tasks.stop();
      await net.stop();
      await database.close();
    };
    const apiUrl = `${host.url}/api`;
    client = await livepeerClient({ apiUrl, apiKey: platform.apiKey });
    stranger = await livepeerClient({ apiUrl, apiKey: "22222222-2222-4222-8222-222222222222" });
  });
  afterAll(() => stop());

  it("creates, lists, reads, renames and deletes a stream", async () => {
    const created = (await client.stream.create({ name: "from the SDK" })).stream;
    expect(created).toMatchObject({ name: "from the SDK", isActive: false, lastSeen: 0 });
    expect(created?.profiles?.map((profile) => profile.name)).toEqual(["360p", "240p"]);
    const id = created?.id ?? "";
    expect((await client.stream.getAll("true")).data?.map((stream) => stream.id)).toEqual([id]);
    expect((await client.stream.get(id)).stream).toEqual(created);
    expect((await client.stream.update({ name: "renamed" }, id)).statusCode).toBe(204);
    expect((await client.stream.get(id)).stream?.name).toBe("renamed");

    const info = (await client.playback.get(created?.playbackId ?? "")).playbackInfo;
    expect(info).toMatchObject({ type: "live", meta: { live: 0, source: [{ hrn: "HLS (TS)" }] } });
    expect(info?.meta.source[0]?.url).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:\\d+/hls/${created?.playbackId}/index\\.m3u8$`),
    );

    expect((await client.stream.delete(id)).statusCode).toBe(204);
    await expect(client.stream.get(id)).rejects.toMatchObject({ statusCode: 404 });
    await expect(client.playback.get(created?.playbackId ?? "")).rejects.toMatchObject({
      errors: [`No playback URL found for ${created?.playbackId}`],
    });
    expect((await client.stream.getAll()).data).toEqual([]);
  });

  it("takes a ladder of its own", async () => {
    const own = { name: "tiny", width: 256, height: 144, bitrate: 200_000, fps: 0, gop: "2.0", encoder: "H.264" };
    const { stream } = await client.stream.create({ name: "own ladder", profiles: [own] });
    expect(stream?.profiles).toMatchObject([{ name: "tiny", width: 256, height: 144 }]);
    await client.stream.delete(stream?.id ?? "");
  });

  it("is refused with a key that does not exist", async () => {
    await expect(stranger.stream.getAll()).rejects.toMatchObject({ statusCode: 401 });
  });
});
