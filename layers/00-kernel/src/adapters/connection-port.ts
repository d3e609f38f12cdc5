import { type AddressInfo, createServer, type Socket } from "node:net";
import { listening } from "./listening.ts";

/** A port whose connections others serve. */
export type ConnectionPort = { readonly port: number; close(): Promise<void> };

/**
 * Accepts connections without reading a byte of them, for processes that share a port. Empty host = every interface, port 0 = a
 * free one. Rejects with `port_in_use`, `listen_failed`.
 */
export async function openConnectionPort(
  address: { readonly host: string; readonly port: number },
  onConnection: (socket: Socket) => void,
): Promise<ConnectionPort> {
  const server = createServer({ pauseOnConnect: true }, onConnection);
  await listening(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
