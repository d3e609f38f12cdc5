import { createServer } from "node:net";
import { LpError } from "@livepeer-ts/kernel";

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(found));
    });
  });
}

/** A port that is free on loopback now. */
export function freePort(): Promise<number> {
  return listen(0);
}

/** Throws `port_in_use` with what to do when something listens on the port already. */
export async function requireFreePort(port: number, purpose: string): Promise<number> {
  try {
    return await listen(port);
  } catch (cause) {
    throw new LpError({
      code: "port_in_use",
      message: `port ${port} (${purpose}) is already in use. If a local network is running already, use that one or stop it with Ctrl-C; else free the port or pass --ports free`,
      details: { port, purpose },
      cause,
    });
  }
}
