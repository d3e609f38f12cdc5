import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { forgeBinary, root } from "../support/forge.ts";

/** One piece of a campaign: `runs` sequences of `depth` calls from one seed. */
export type ForgeChunk = { readonly seed: string; readonly runs: number; readonly depth: number };

export type ChunkResult =
  | { readonly outcome: "passed"; readonly calls: number }
  | { readonly outcome: "failed" | "broken"; readonly output: string };

const rules = "tests/contracts/Invariants.t.sol";
/** The rules about the whole state are checked after this many calls and at the end of each sequence; those about a move always. */
const checkInterval = 5;

/** Compiles the rules, where `forge test` finds them. Rejects when they do not compile. */
export async function buildRules(signal: AbortSignal): Promise<void> {
  const { code, output } = await forge(["build", rules, "--color", "never"], {}, signal);
  if (code !== 0 && !signal.aborted) throw new Error(`the contracts do not compile:\n${output}`);
}

/** Runs a piece. forge keeps the sequence of a failure in `failureFolder`. */
export async function runChunk(chunk: ForgeChunk, failureFolder: string, signal: AbortSignal): Promise<ChunkResult> {
  const { output } = await forge(
    ["test", "--match-path", rules, "--fuzz-seed", chunk.seed, "--color", "never"],
    {
      FOUNDRY_INVARIANT_RUNS: String(chunk.runs),
      FOUNDRY_INVARIANT_DEPTH: String(chunk.depth),
      FOUNDRY_INVARIANT_CHECK_INTERVAL: String(checkInterval),
      FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: "1000",
      FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR: failureFolder,
    },
    signal,
  );
  const passed = /\[PASS\] invariant_EverythingHolds\(\) \(runs: \d+, calls: (\d+)/.exec(output);
  if (passed !== null) return { outcome: "passed", calls: Number(passed[1]) };
  return { outcome: /\[FAIL/.test(output) ? "failed" : "broken", output };
}

function forge(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(forgeBinary(), args, {
      cwd: root,
      env: { ...process.env, ...settings, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (text: Buffer) => {
      output += text.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const stop = () => child.kill();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve({ code, output });
    });
  });
}
