import { processRssBytes } from "./process-figures.ts";

const looks = 8;
const lookEveryMs = 350;

/** Environment of a node whose memory `keptBytes` is to look at. */
export function inspectable(port: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --inspect-port=127.0.0.1:${port}`.trim() };
}

/**
 * Resident memory of a node after a collection of its garbage, bytes: the least of several looks, since segments come and go. What
 * grows from one call to the next is kept by something.
 */
export async function keptBytes(pid: number, port: number): Promise<number> {
  process.kill(pid, "SIGUSR1"); // opens the inspector
  const socket = new WebSocket(await inspectorUrl(port));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`the inspector of process ${pid} does not answer`));
  });
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < looks; look++) {
    const collected = new Promise((resolve) => {
      socket.onmessage = resolve;
    });
    socket.send(JSON.stringify({ id: look, method: "HeapProfiler.collectGarbage" }));
    await collected;
    least = Math.min(least, processRssBytes(pid));
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  socket.close();
  return least;
}

async function inspectorUrl(port: number): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
        webSocketDebuggerUrl: string;
      }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (tries >= 50) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
