// The program of one engine process: loads node-av from the path it is given and works through orders, one at a time.
// It ends with its parent, and is ended by its parent: taking the library down in good order is where it can crash.
import { writeSync } from "node:fs";
import { FramedMessages, framedMessage } from "./framed-messages.ts";
import type { NodeAvLibrary } from "./node-av-library.ts";
import type { NodeAvHello, NodeAvOrder, NodeAvReply } from "./node-av-order.ts";
import { transcodeOrder } from "./transcode-order.ts";

const [entry = ""] = process.argv.slice(2);
const logErrors = 16;

function say(message: NodeAvHello | NodeAvReply): void {
  const bytes = framedMessage(message);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function work(av: NodeAvLibrary, order: NodeAvOrder): NodeAvReply {
  try {
    transcodeOrder(av, order);
    return { type: "done", rssBytes: process.memoryUsage.rss() };
  } catch (error) {
    return { type: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

const av = (await import(entry)) as NodeAvLibrary;
av.Log.setLevel(logErrors);
const encoders = ["libx264", "libx265", "libvpx-vp9"].filter((name) => av.Codec.findEncoderByName(name) !== null);
say({ type: "ready", encoders });
const orders = new FramedMessages();
process.stdin.on("data", (piece: Buffer) => {
  for (const order of orders.push(piece)) say(work(av, order as NodeAvOrder));
});
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL"));
