import { spawn } from "node:child_process";
import { ModelError } from "../model-error.ts";

/** One call of espeak-ng. */
export const espeakMs = 10_000;
const maxOutputBytes = 256 * 1024;

/** What to do when the program is missing. */
const advice =
  "espeak-ng is missing; it turns letters into sounds. Debian: apt-get install espeak-ng, macOS: brew install espeak-ng";

/** Sounds of one clause of English text in the phonetic alphabet. */
export async function phonemes(clause: string): Promise<string> {
  const output = await espeak(["-q", "--ipa=1", "--sep=", "-v", "en-us", "--stdin"], clause);
  return output
    .replaceAll(/[\u200d_]/g, "")
    .replaceAll(/\s*\n\s*/g, " ")
    .trim()
    .normalize("NFD");
}

/** Rejects with `ModelError` and how to install it when espeak-ng cannot be run. */
export async function needEspeak(): Promise<void> {
  await espeak(["--version"], "");
}

function espeak(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("espeak-ng", args, {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: espeakMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      output += chunk;
      if (output.length > maxOutputBytes) child.kill("SIGKILL");
    });
    child.once("error", (cause) => reject(new ModelError(advice, { cause })));
    child.once("close", (status) => {
      if (status === 0) resolve(output);
      else reject(new ModelError(`espeak-ng ended with status ${status}`));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
