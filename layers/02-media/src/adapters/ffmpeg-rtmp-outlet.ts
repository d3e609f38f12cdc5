import { once } from "node:events";
import { LpError } from "@livepeer-ts/kernel";
import { type StreamingFfmpegOptions, startStreamingFfmpeg } from "./streaming-ffmpeg.ts";

export type FfmpegRtmpOutletOptions = StreamingFfmpegOptions & {
  /** Where a host may be reached; rejects for those that clients may not name. */
  readonly locate: (host: string, port: number) => Promise<string>;
};

const rtmpPort = 1935;

/** Publishes MPEG-TS at RTMP servers, one ffmpeg process each: video as it is, sound as AAC. */
export class FfmpegRtmpOutlet {
  readonly #options: FfmpegRtmpOutletOptions;

  constructor(options: FfmpegRtmpOutletOptions) {
    this.#options = options;
  }

  /** Rejects with `bad_outlet` for an address that is none, or that clients may not name. */
  async check(url: string): Promise<void> {
    await this.#place(url);
  }

  /** Resolves when the media or the server has ended. Rejects with `outlet_failed`, or the signal's reason. */
  async push(url: string, media: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const { target, tcUrl } = await this.#place(url);
    signal.throwIfAborted();
    const args = [
      ...["-hide_banner", "-loglevel", "error", "-analyzeduration", "2000000", "-f", "mpegts", "-i", "pipe:0"],
      ...["-map", "0:v:0", "-map", "0:a:0?", "-c:v", "copy", "-c:a", "aac", "-ar", "48000"],
      ...["-f", "flv", "-flvflags", "no_duration_filesize", "-rtmp_tcurl", tcUrl, target],
    ];
    const { child, closed, why, kill } = startStreamingFfmpeg(args, ["pipe", "ignore", "pipe"], this.#options, signal);
    const { stdin } = child;
    // a server that is gone ends the process, and the process its pipe
    stdin?.on("error", () => {});
    const chunks = media[Symbol.asyncIterator]();
    const over = closed.then(() => "over" as const);
    try {
      for (;;) {
        const next = await Promise.race([chunks.next(), over]);
        if (next === "over" || next.done === true) break;
        if (stdin?.write(next.value) === false) await Promise.race([once(stdin, "drain").catch(() => {}), over]);
      }
      stdin?.end();
      const code = await closed;
      signal.throwIfAborted();
      if (code === 0) return;
      throw new LpError({
        code: "outlet_failed",
        message: `the server at ${safe(url)} took no more: ${why()}`,
        retryable: true,
      });
    } finally {
      kill();
      // who waits for the next piece may wait for long
      void chunks.return?.().catch(() => {});
    }
  }

  async #place(url: string): Promise<{ readonly target: string; readonly tcUrl: string }> {
    const [, host = "", port = "", app = "", rest = ""] =
      /^rtmp:\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/([^/\s'"\\]+)(\/[^\s'"\\]+)?$/i.exec(url) ?? [];
    if (host === "") {
      const message = `"${safe(url)}" is no address to publish at: write rtmp://host/app/key (rtmps is not built)`;
      throw new LpError({ code: "bad_outlet", message });
    }
    const number = port === "" ? rtmpPort : Number(port);
    const address = await this.#options.locate(host, number).catch((cause: unknown) => {
      const message = `rtmp_output may not be at ${host}:${number}: give -allowEgress ${host}:${number} to the gateway`;
      throw new LpError({ code: "bad_outlet", message, cause });
    });
    const literal = address.includes(":") ? `[${address}]` : address;
    return { target: `rtmp://${literal}:${number}/${app}${rest}`, tcUrl: `rtmp://${host}:${number}/${app}` };
  }
}

/** The address without what may be a key. */
function safe(url: string): string {
  return url.split("/").slice(0, 4).join("/").slice(0, 200);
}
