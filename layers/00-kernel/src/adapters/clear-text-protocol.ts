import type { Socket } from "node:net";

/** How an HTTP/2 connection begins; no HTTP/1.1 method does. */
const preface = Buffer.from("PRI");

/**
 * Looks at the first bytes of a clear-text connection and calls `then` once with what the client speaks. The bytes are still
 * to be read afterwards. A connection without bytes for `idleMs` is closed.
 */
export function whenProtocolKnown(socket: Socket, idleMs: number, then: (protocol: "h1" | "h2") => void): void {
  let seen = Buffer.alloc(0);
  const onTimeout = () => socket.destroy();
  const onError = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const isPreface = seen.subarray(0, preface.length).equals(preface.subarray(0, seen.length));
    if (isPreface && seen.length < preface.length) return;
    socket.off("data", onData);
    socket.off("error", onError);
    socket.setTimeout(0, onTimeout);
    socket.off("timeout", onTimeout);
    socket.pause();
    socket.unshift(seen);
    then(isPreface ? "h2" : "h1");
    // HTTP/2 reads from the handle below the socket
    if (!isPreface) socket.resume();
  };
  socket.setTimeout(idleMs, onTimeout);
  socket.on("error", onError);
  socket.on("data", onData);
}
