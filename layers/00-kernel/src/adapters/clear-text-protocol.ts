import type { Socket } from "node:net";

/** How an HTTP/2 connection begins; no HTTP/1.1 method does. */
const preface = Buffer.from("PRI");

/**
 * Looks at the first bytes of a clear-text connection and calls `then` once with what the client speaks. The bytes are still
 * to be read afterwards. A connection without bytes for `idleMs` is closed, and so is one whose client ends before that is known.
 */
export function whenProtocolKnown(socket: Socket, idleMs: number, then: (protocol: "h1" | "h2") => void): void {
  let seen = Buffer.alloc(0);
  const onGone = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const isPreface = seen.subarray(0, preface.length).equals(preface.subarray(0, seen.length));
    if (isPreface && seen.length < preface.length) return;
    socket.off("data", onData);
    socket.off("error", onGone);
    socket.off("end", onGone);
    socket.setTimeout(0, onGone);
    socket.off("timeout", onGone);
    socket.pause();
    socket.unshift(seen);
    then(isPreface ? "h2" : "h1");
    // HTTP/2 reads from the handle below the socket
    if (!isPreface) socket.resume();
  };
  socket.setTimeout(idleMs, onGone);
  socket.on("error", onGone);
  socket.on("end", onGone);
  socket.on("data", onData);
}
