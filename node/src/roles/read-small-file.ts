import { readFileSync, statSync } from "node:fs";

/** Of a file that a flag names, bytes. */
const maxFlagFileBytes = 1024 * 1024;

/** Text of a file that a flag may name; undefined when there is none, it is empty or too large. */
export function readSmallFile(path: string): string | undefined {
  try {
    if (path === "") return undefined;
    const facts = statSync(path);
    if (!facts.isFile() || facts.size > maxFlagFileBytes) return undefined;
    const text = readFileSync(path, "utf8");
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}
