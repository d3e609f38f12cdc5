import type { Server } from "node:net";
import { LpError } from "../errors/lp-error.ts";

/** Resolves when the server listens on the address (empty host = every interface) or Unix socket. Rejects with `port_in_use`, `listen_failed`. */
export async function listening(
  server: Pick<Server, "once" | "listen">,
  address: { readonly host: string; readonly port: number } | string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(address, cause)));
    if (typeof address === "string") server.listen({ path: address }, resolve);
    else if (address.host === "") server.listen(address.port, resolve);
    else server.listen(address.port, address.host, resolve);
  });
}

function listenError(address: Parameters<typeof listening>[1], cause: NodeJS.ErrnoException): LpError {
  if (typeof address === "string") {
    return new LpError({ code: "listen_failed", message: `cannot listen on ${address}: ${cause.message}`, cause });
  }
  const { host, port } = address;
  const isInUse = cause.code === "EADDRINUSE";
  return new LpError({
    code: isInUse ? "port_in_use" : "listen_failed",
    message: isInUse
      ? `port ${port} on ${host || "every interface"} is already in use: stop the other program or choose another port`
      : `cannot listen on ${host}:${port}: ${cause.message}`,
    details: { host, port },
    cause,
  });
}
