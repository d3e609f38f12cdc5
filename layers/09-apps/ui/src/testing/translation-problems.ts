import { readdirSync, readFileSync } from "node:fs";
import ownEn from "../i18n/en.json" with { type: "json" };
import type { Dictionaries } from "../i18n/translations.ts";
import ownZh from "../i18n/zh.json" with { type: "json" };

/** Paths of all texts; plural forms count as one, since Chinese has a single form. */
function keysOf(value: unknown, path = ""): string[] {
  if (typeof value === "string") return [path.replace(/_(zero|one|two|few|many|other|\d+)$/, "")];
  return Object.entries(value as object).flatMap(([key, inner]) => keysOf(inner, path === "" ? key : `${path}.${key}`));
}

/** Texts that only one language has, and texts that a source file below `sourceFolder` asks for and nobody has; one line each. */
export function translationProblems(sourceFolder: string, app: Dictionaries): string[] {
  const en = new Set(keysOf({ ...ownEn, ...app.en }));
  const zh = new Set(keysOf({ ...ownZh, ...app.zh }));
  const problems = [
    ...[...en].filter((key) => !zh.has(key)).map((key) => `zh lacks ${key}`),
    ...[...zh].filter((key) => !en.has(key)).map((key) => `en lacks ${key}`),
  ];
  for (const file of readdirSync(sourceFolder, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(file) || file.endsWith(".test.ts")) continue;
    for (const [, key] of readFileSync(`${sourceFolder}/${file}`, "utf8").matchAll(/\bt\(\s*"([^"]+)"/g)) {
      if (!en.has(key as string)) problems.push(`${file}: ${key}`);
    }
  }
  return problems;
}
