import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { pause } from "./pause.ts";

/** Between two looks. Looking is used instead of the system's notices: it works on shared and mounted folders too. */
const lookMs = 250;
/** Files that are looked at; the rest of a larger folder is not. */
const maxFiles = 2000;
const passedOver = new Set(["node_modules", "package-lock.json", "__pycache__", "venv", "dist", "build"]);
const sources =
  /\.(?:[cm]?[jt]sx?|json|py|toml|txt|ya?ml|go|mod|rs|rb|php|java|kt|cs|exs?|lua|pl|sh|html?|css|sql|jinja2?|tmpl)$/i;

/** Calls back with the names of sources that were changed, added or removed, until the signal aborts. */
export async function watchSources(
  folder: string,
  onChange: (names: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let known = await marksOf(folder);
  while (!signal.aborted) {
    await pause(lookMs, signal);
    const found = await marksOf(folder);
    const names = new Set([...known.keys(), ...found.keys()]);
    const changed = [...names].filter((name) => known.get(name) !== found.get(name));
    known = found;
    if (changed.length > 0 && !signal.aborted) onChange(changed.map((name) => relative(folder, name)));
  }
}

/** Time and size of each source. */
async function marksOf(folder: string): Promise<Map<string, string>> {
  const marks = new Map<string, string>();
  const folders = [folder];
  for (let next = folders.shift(); next !== undefined && marks.size < maxFiles; next = folders.shift()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []); // it may be gone again
    for (const entry of entries) {
      if (entry.name.startsWith(".") || passedOver.has(entry.name) || marks.size >= maxFiles) continue;
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (sources.test(entry.name)) {
        const info = await stat(path).catch(() => undefined);
        if (info !== undefined) marks.set(path, `${info.mtimeMs} ${info.size}`);
      }
    }
  }
  return marks;
}
