import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Clock, LpError } from "@livepeer-ts/kernel";
import { classifyFailure } from "../../transcode/classify-failure.ts";
import { lowerPriority, spawnLimited } from "../run-ffmpeg.ts";
import { FramedMessages, framedMessage } from "./framed-messages.ts";
import type { NodeAvHello, NodeAvOrder, NodeAvReply } from "./node-av-order.ts";

export type NodeAvProcessOptions = {
  /** Module of the library, a `file:` URL. */
  readonly entry: string;
  /** Address space of the process. */
  readonly maxMemoryBytes: number;
  /** Scheduling priority, 0 (normal) to 19 (last). */
  readonly niceness: number;
};

const program = fileURLToPath(new URL("./node-av-child.ts", import.meta.url));
const maxStderrBytes = 16 * 1024;
/** Heap of the script in the child: it holds orders alone, pictures and packets are the library's. */
const maxHeapMiB = 256;
// Without these the allocator keeps the memory of every picture that was freed.
const allocator = { MALLOC_TRIM_THRESHOLD_: "0", MALLOC_ARENA_MAX: "2" };

type Message = NodeAvHello | NodeAvReply;

/** A process with the library in it. It works on one order at a time, and is of no use after one that failed. */
export class NodeAvProcess {
  readonly #child: ChildProcess;
  readonly #messages = new FramedMessages();
  readonly #arrived: Message[] = [];
  readonly #closed: Promise<void>;
  #wake: () => void = () => {};
  #isClosed = false;
  #isReady = false;
  #spawnError: Error | undefined;
  #exitCode: number | null = null;
  #stderr = "";
  /** Orders that were done. */
  doneCount = 0;
  /** Memory after the last order, bytes. */
  rssBytes = 0;

  constructor(options: NodeAvProcessOptions) {
    const flags = ["--disable-warning=ExperimentalWarning", `--max-old-space-size=${maxHeapMiB}`];
    this.#child = spawnLimited(
      process.execPath,
      [...flags, program, options.entry],
      options.maxMemoryBytes,
      ["pipe", "pipe", "pipe"],
      allocator,
    );
    lowerPriority(this.#child, options.niceness);
    const { stdin, stdout, stderr } = this.#child;
    // The end of the process says more than a pipe that broke.
    stdin?.on("error", () => {});
    stdout?.on("data", (piece: Buffer) => this.#take(piece));
    stderr?.setEncoding("utf8");
    stderr?.on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-maxStderrBytes);
    });
    this.#closed = new Promise((resolve) => {
      const over = () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      };
      this.#child.once("error", (error) => {
        this.#spawnError = error;
        // One that never started has no end.
        if (this.#child.pid === undefined) over();
      });
      this.#child.once("close", (code) => {
        this.#exitCode = code;
        over();
      });
    });
  }

  get isAlive(): boolean {
    return !this.#isClosed;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends the process at once and waits until it is gone. */
  async kill(): Promise<void> {
    if (!this.#isClosed) this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** Waits until the library is loaded. Rejects with `node_av_start` and what the process said. */
  async hello(signal: AbortSignal): Promise<NodeAvHello> {
    const message = await this.#next(signal);
    if (message?.type === "ready") {
      this.#isReady = true;
      return message;
    }
    await this.kill();
    throw this.#notStarted();
  }

  /**
   * Works on one order. A process that fails at it, crashes, is called off or is late is gone when this rejects: with
   * the protocol's error, the signal's reason, `node_av_deadline` or `node_av_start`.
   */
  async run(order: NodeAvOrder, deadlineMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const deadline = clock.deadline(deadlineMs, signal);
    this.#stderr = "";
    try {
      if (!this.#isReady) await this.hello(deadline.signal);
      this.#child.stdin?.write(framedMessage(order));
      const reply = await this.#next(deadline.signal);
      if (reply?.type === "done") {
        this.doneCount++;
        this.rssBytes = reply.rssBytes;
        return;
      }
      // Its last words come before its end.
      await this.kill();
      throw this.#failure(reply);
    } catch (error) {
      await this.kill();
      if (signal.aborted) throw signal.reason;
      if (!deadline.signal.aborted) throw error;
      throw new LpError({
        code: "node_av_deadline",
        message: `node-av was killed: it had not finished after ${deadlineMs} ms`,
        details: { deadlineMs },
        retryable: true,
      });
    } finally {
      deadline.clear();
    }
  }

  #failure(reply: Message | undefined): LpError {
    if (reply?.type === "failed") return classifyFailure(1, `${this.#stderr}\n${reply.why}`);
    return classifyFailure(this.#exitCode, this.#stderr);
  }

  #notStarted(): LpError {
    const why = this.#spawnError?.message ?? (this.#stderr.trim().slice(-400) || `it ended with ${this.#exitCode}`);
    return new LpError({
      code: "node_av_start",
      message: `node-av could not be started: ${why}`,
      retryable: true,
      ...(this.#spawnError === undefined ? {} : { cause: this.#spawnError }),
    });
  }

  #take(piece: Buffer): void {
    try {
      this.#arrived.push(...(this.#messages.push(piece) as Message[]));
    } catch {
      // Something in the process wrote over its replies: it cannot be understood any more.
      this.#child.kill("SIGKILL");
    }
    this.#wake();
  }

  /** The next message; undefined when the process ends instead. Rejects with the signal's reason. */
  #next(signal: AbortSignal): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const message = this.#arrived.shift();
        if (message === undefined && !this.#isClosed && !signal.aborted) return;
        signal.removeEventListener("abort", look);
        this.#wake = () => {};
        if (message !== undefined) resolve(message);
        else if (this.#isClosed) resolve(undefined);
        else reject(signal.reason);
      };
      this.#wake = look;
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  }
}
