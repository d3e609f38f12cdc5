import type { FlvAudio, FlvVideo } from "./flv-media.ts";

/** A message as its publisher sent it. */
export type RelayMessage = {
  readonly type: "metadata" | "audio" | "video";
  readonly timestamp: number;
  readonly payload: Uint8Array;
};

/** Who plays a stream. Calls must not throw. */
export type RelayListener = { message(message: RelayMessage): void; ended(): void };

/** Hands one publisher's messages on to players: what a decoder needs first, then everything from the next keyframe on. Holds no media. */
export class RtmpRelay {
  readonly #players = new Map<RelayListener, { hasBegun: boolean }>();
  #metadata: RelayMessage | undefined;
  #audioConfig: RelayMessage | undefined;
  #videoConfig: RelayMessage | undefined;

  /** Adds a player. Returns what takes it away again. */
  add(listener: RelayListener): () => void {
    this.#players.set(listener, { hasBegun: false });
    for (const message of [this.#metadata, this.#videoConfig, this.#audioConfig]) {
      if (message !== undefined) listener.message(message);
    }
    return () => this.#players.delete(listener);
  }

  /** `payload`: the AMF0 of `onMetaData` and its values. */
  metadata(payload: Uint8Array): void {
    this.#metadata = { type: "metadata", timestamp: 0, payload };
    this.#toAll(this.#metadata);
  }

  audio(timestamp: number, payload: Uint8Array, { kind }: FlvAudio): void {
    const message: RelayMessage = { type: "audio", timestamp, payload };
    if (kind === "config") this.#audioConfig = message;
    if (kind === "config") this.#toAll(message);
    else this.#toBegun(message);
  }

  video(timestamp: number, payload: Uint8Array, read: FlvVideo): void {
    const message: RelayMessage = { type: "video", timestamp, payload };
    if (read.kind === "config") {
      this.#videoConfig = message;
      this.#toAll(message);
      return;
    }
    if (read.kind === "frame" && read.keyframe) for (const state of this.#players.values()) state.hasBegun = true;
    this.#toBegun(message);
  }

  /** The publisher is gone. */
  end(): void {
    for (const listener of this.#players.keys()) listener.ended();
    this.#players.clear();
  }

  #toAll(message: RelayMessage): void {
    for (const listener of this.#players.keys()) listener.message(message);
  }

  #toBegun(message: RelayMessage): void {
    for (const [listener, { hasBegun }] of this.#players) if (hasBegun) listener.message(message);
  }
}
