import { once } from "node:events";
import { connect } from "node:net";
import { concatBytes, noMetrics, paddedBigEndian } from "@livepeer-ts/kernel";
import { createTasks, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { startRtmpServer } from "@livepeer-ts/media/adapters";
import { createCollectingSink, RtmpTestClient } from "@livepeer-ts/media/testing";
import type { FuzzTarget } from "./fuzz-target.ts";
import { mutatedBytes, oneOf, uint } from "./mutate.ts";

/** What an honest publisher sends until it may send media. */
async function recordedPublisher(port: number): Promise<Uint8Array> {
  const client = await RtmpTestClient.connect(port);
  const sent: Uint8Array[] = [];
  const write = client.socket.write.bind(client.socket);
  client.socket.write = ((bytes: Uint8Array) => {
    sent.push(Uint8Array.from(bytes));
    return write(bytes);
  }) as typeof client.socket.write;
  client.publish("live", "recorded");
  if ((await client.status())?.["code"] !== "NetStream.Publish.Start") throw new Error("the recording was refused");
  client.close();
  return concatBytes(...sent);
}

/** RTMP ingest. */
export const rtmpTarget: FuzzTarget = {
  name: "RTMP ingest",
  weight: 2,
  allowed: new Set(["closed"]),
  async start(logger) {
    const clock = systemClock();
    const tasks = createTasks("rtmp", logger);
    const server = await startRtmpServer({ host: "127.0.0.1", port: 0, maxConnections: () => 64 }, {
      clock,
      tasks,
      logger,
      metrics: noMetrics,
      random: systemRandom(),
      sink: createCollectingSink(),
    } as never);
    const valid = await recordedPublisher(server.port);
    let name = 0;
    const handshakeBytes = 1 + 2 * 1536;
    return {
      async shoot(random) {
        const socket = connect({ host: "127.0.0.1", port: server.port });
        socket.on("error", () => {});
        socket.resume();
        await once(socket, "connect");
        const media = Array.from({ length: uint(random, 6) }, () =>
          concatBytes(
            Uint8Array.of(oneOf(random, [0x04, 0x44, 0x84, 0xc4, 0x00, 0x01]), 0, 0, uint(random, 200)),
            Uint8Array.of(0, uint(random, 3), uint(random, 255), oneOf(random, [1, 2, 3, 8, 9, 15, 17, 18, 20, 22])),
            paddedBigEndian(1n, 4).reverse(),
            random.bytes(uint(random, 500)),
          ),
        );
        const bytes = concatBytes(valid, ...media);
        const spoiled =
          random.unit() < 0.2
            ? mutatedBytes(bytes, random)
            : concatBytes(bytes.slice(0, handshakeBytes), mutatedBytes(bytes.slice(handshakeBytes), random));
        socket.end(spoiled);
        if (!socket.closed) await once(socket, "close").catch(() => {});
        return "closed";
      },
      async stillWorks() {
        const client = await RtmpTestClient.connect(server.port);
        client.publish("live", `valid${name++}`);
        const code = (await client.status())?.["code"];
        client.close();
        if (code !== "NetStream.Publish.Start") throw new Error(`publish: ${String(code)}`);
      },
      async stop() {
        await server.stop();
        await tasks.stop();
      },
    };
  },
};
