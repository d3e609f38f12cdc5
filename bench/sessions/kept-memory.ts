import { processRssBytes } from "./process-figures.ts";

const looks = 8;
const lookEveryMs = 350;

/** Environment of a node whose memory `keptMemory` is to look at. */
export function inspectable(port: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --inspect-port=127.0.0.1:${port}`.trim() };
}

/** What a process keeps after a collection of its garbage; `at` in ms, monotonic. */
export type Kept = { readonly at: number; readonly rssBytes: number; readonly heapBytes: number };

/** Looks at a node: the least of several looks, since segments come and go. What grows from one call to the next is kept by something. */
export async function keptMemory(pid: number, port: number): Promise<Kept> {
  process.kill(pid, "SIGUSR1"); // opens the inspector
  const socket = new WebSocket(await inspectorUrl(port));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`the inspector of process ${pid} does not answer`));
  });
  const ask = (method: string) =>
    new Promise<{ readonly usedSize?: number }>((resolve) => {
      socket.onmessage = ({ data }) => resolve((JSON.parse(String(data)) as { result: object }).result);
      socket.send(JSON.stringify({ id: 1, method }));
    });
  let [rssBytes, heapBytes] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let look = 0; look < looks; look++) {
    await ask("HeapProfiler.collectGarbage");
    rssBytes = Math.min(rssBytes, processRssBytes(pid));
    heapBytes = Math.min(heapBytes, (await ask("Runtime.getHeapUsage")).usedSize ?? Number.NaN);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  socket.close();
  return { at: performance.now(), rssBytes, heapBytes };
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
