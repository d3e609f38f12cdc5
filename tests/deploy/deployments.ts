import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CheckedFlags, checkFlags } from "../../node/src/flags/check-flags.ts";
import { deprecatedFlags } from "../../node/src/flags/deprecated-flags.ts";
import { type FlagValues, parseGoFlags } from "../../node/src/flags/go-flags.ts";
import { nodeFlags } from "../../node/src/flags/node-flags.ts";

export const root = join(import.meta.dirname, "..", "..");

/** Text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A line of a container file, continued lines joined. */
export function dockerfileLines(text: string): string[] {
  return text
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** Variables that the image sets. */
export function imageVariables(): Record<string, string> {
  const line = dockerfileLines(read("deploy/container/Dockerfile")).find((found) => found.startsWith("ENV ")) ?? "";
  return Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
}

/** Lines of an environment file. */
export function envFile(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Secrets that nobody has here: every file below such a folder holds one. */
const secretFolders = ["/run/secrets/", "/etc/livepeer/secrets/"];

/** What a node makes of flags. Secret files are there; others are those of the repository, by the names that `files` gives. */
export function flagsOf(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): { readonly flags: FlagValues; readonly checked: CheckedFlags } {
  const readFile = (path: string) =>
    secretFolders.some((folder) => path.startsWith(folder)) ? "a secret" : files[path];
  const flags = parseGoFlags(nodeFlags, { args, env, readFile }, deprecatedFlags);
  return { flags, checked: checkFlags(flags, { home: "/home/node" }) };
}

/** `10min`, `6m`, `30s` in ms. */
export function durationMs(text: string): number {
  const [, digits, unit] = /^(\d+)\s*(ms|s|m|min|h)$/.exec(text) ?? [];
  const factors: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
  return Number(digits) * (factors[unit ?? ""] ?? Number.NaN);
}
