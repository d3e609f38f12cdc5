import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../http/refusal.ts";
import { ModelError } from "../model-error.ts";

/** Longest sound that is transcribed, s. */
export const maxSoundSec = 600;
/** Unpacking one sound. */
export const unpackMs = 60_000;

/** Mono samples in -1..1. Throws `Refusal` 415 for what holds no sound, 413 for what is too long. */
export async function readSound(bytes: Buffer, sampleRate: number, signal: AbortSignal): Promise<Float32Array> {
  const scratch = mkdtempSync(join(tmpdir(), "livepeer-runner-"));
  try {
    const file = join(scratch, "sound");
    writeFileSync(file, bytes);
    const args = ["-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file,pipe", "-i", file];
    const output = [
      "-vn",
      "-map",
      "0:a:0",
      "-ac",
      "1",
      "-ar",
      String(sampleRate),
      "-t",
      String(maxSoundSec + 1),
      "-f",
      "f32le",
      "pipe:1",
    ];
    const raw = await ffmpeg([...args, ...output], maxSoundSec * sampleRate * 4, signal);
    return new Float32Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 4));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function ffmpeg(args: readonly string[], maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn("ffmpeg", args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: unpackMs,
      killSignal: "SIGKILL",
      signal,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-1000);
    });
    child.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === "ENOENT"
          ? new ModelError("ffmpeg is missing (Debian: apt-get install ffmpeg)", { cause })
          : cause,
      ),
    );
    child.once("close", (status) => {
      if (length > maxBytes) reject(new Refusal(413, `audio is longer than ${maxSoundSec} s`));
      else if (status === 0 && length > 0) resolve(Uint8Array.from(Buffer.concat(chunks)));
      else reject(new Refusal(415, `Unsupported audio format or corrupted file: ${reason(complaint)}`));
    });
  });
}

/** The last line of what ffmpeg said, without the names of our own files. */
function reason(complaint: string): string {
  const line = complaint.trim().split("\n").at(-1) ?? "";
  return line.replaceAll(/\S*livepeer-runner-\S*/g, "input") || "no sound in it";
}

/** Samples in -1..1 as a WAV file of 16 bits. */
export function wavFile(samples: Float32Array, sampleRate: number): Buffer {
  const wav = Buffer.alloc(44 + samples.length * 2);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(36 + samples.length * 2, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples.length * 2, 40);
  for (const [at, value] of samples.entries()) {
    wav.writeInt16LE(Math.round(Math.min(1, Math.max(-1, value)) * 32_767), 44 + at * 2);
  }
  return wav;
}
