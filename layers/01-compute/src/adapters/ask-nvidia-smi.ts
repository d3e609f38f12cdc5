import { execFile } from "node:child_process";

const askMs = 10_000;
const maxAnswerBytes = 64 * 1024;

/** Rows of what `nvidia-smi` says of each GPU; undefined when it cannot be run or fails. */
export function askNvidiaSmi(fields: readonly string[], path = "nvidia-smi"): Promise<string[][] | undefined> {
  const args = [`--query-gpu=${fields.join(",")}`, "--format=csv,noheader,nounits"];
  return new Promise((resolve) => {
    execFile(path, args, { timeout: askMs, maxBuffer: maxAnswerBytes }, (error, stdout) => {
      if (error !== null) return resolve(undefined);
      const lines = stdout.split("\n").filter((line) => line.trim() !== "");
      resolve(lines.map((line) => line.split(",").map((cell) => cell.trim())));
    });
  });
}
