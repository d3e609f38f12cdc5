import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** One packet of a file as ffprobe reads it, not our own parser. */
export type OutsidePacket = {
  readonly kind: "video" | "audio";
  /** Presentation and decode time in the file's own ticks, 90 kHz in MPEG-TS. */
  readonly pts: number;
  readonly dts: number;
  readonly sizeBytes: number;
  readonly keyframe: boolean;
  readonly hash: string;
};

/** Every video and audio packet of a file in the order in which it lies there. Times out after 60 s. */
export async function outsidePackets(path: string): Promise<OutsidePacket[]> {
  const entries = "packet=codec_type,pts,dts,size,flags,data_hash";
  const args = ["-v", "error", "-show_data_hash", "md5", "-show_entries", entries, "-of", "json", path];
  const { stdout } = await run("ffprobe", args, { maxBuffer: 64 << 20, timeout: 60_000 });
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string>[] };
  return packets
    .filter((packet) => packet["codec_type"] === "video" || packet["codec_type"] === "audio")
    .map((packet) => ({
      kind: packet["codec_type"] as OutsidePacket["kind"],
      pts: Number(packet["pts"]),
      dts: Number(packet["dts"]),
      sizeBytes: Number(packet["size"]),
      keyframe: packet["flags"]?.startsWith("K") === true,
      hash: packet["data_hash"] ?? "",
    }));
}

/** Presentation times of one kind, ascending. */
export function ptsOf(packets: readonly OutsidePacket[], kind: OutsidePacket["kind"]): number[] {
  return packets
    .filter((packet) => packet.kind === kind)
    .map((packet) => packet.pts)
    .sort((a, b) => a - b);
}
