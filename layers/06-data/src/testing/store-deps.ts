import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "@livepeer-ts/kernel";
import { NodeNet, systemClock, systemRandom } from "@livepeer-ts/kernel/adapters";
import { nodeDigests } from "../adapters/node-digests.ts";
import type { StoreDeps } from "../object-store/store-requests.ts";

/** Real ports for a store over HTTP; `stop` closes their connections. `offByMs` sets the wall clock wrong. */
export function storeDeps(offByMs = 0): StoreDeps & { stop(): Promise<void> } {
  const net = new NodeNet();
  const real = systemClock();
  const clock: Clock = { ...real, now: () => real.now() + offByMs };
  return { net, clock, random: systemRandom(), digests: nodeDigests, stop: () => net.stop() };
}

/** A server on loopback that answers as the test says; `stop` breaks what is still open. */
export async function startScriptedServer(
  listener: RequestListener,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
