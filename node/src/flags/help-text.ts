import { deprecatedFlags } from "./deprecated-flags.ts";
import type { FlagSpec } from "./flag-spec.ts";
import { flagGroups } from "./node-flags.ts";
import { notBuiltYet } from "./not-built-yet.ts";

const columns = 100;
const indent = "      ";

/** Words on lines of at most `columns` characters. */
function wrapped(words: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((text) => `${indent}${text}\n`).join("");
}

/** What the default is, in words; empty when there is none. */
export function defaultText(flag: FlagSpec): string {
  return flag.unsetMeans ?? (flag.kind === "bool" && flag.fallback === "false" ? "" : flag.fallback);
}

function entry(flag: FlagSpec): string {
  const notes = [
    flag.help,
    flag.orFile ? "or a file that holds it" : "",
    defaultText(flag) === "" ? "" : `default: ${defaultText(flag)}`,
    notBuiltYet.some(({ flag: name, when }) => name === flag.name && when === undefined) ? "not built yet" : "",
  ];
  const kind = flag.kind === "bool" ? "" : ` ${flag.kind}`;
  return `  -${flag.name}${kind}\n${wrapped(notes.filter((note) => note !== "").join("; "))}`;
}

/** Flags of another program of ours, one after another. */
export function flagsText(flags: readonly FlagSpec[]): string {
  return flags.map(entry).join("");
}

/** Every flag by topic, for `-help`. */
export function helpText(): string {
  const groups = flagGroups.map(({ title, flags }) => `${title}\n${flags.map(entry).join("")}`);
  const old = deprecatedFlags.map((flag) => `  -${flag.name}\n${wrapped(flag.help)}`);
  return `livepeer -<flag> …

A value comes from the first of these that has it: command line, environment (LP_ and the name in
capitals), -config file, default. Write -name value, -name=value or --name value; a boolean needs no
value. Durations are written like 500ms, 30s or 5m.

${groups.join("\n")}
Old names
${old.join("")}`;
}
