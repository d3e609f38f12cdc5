import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import en from "./en.json" with { type: "json" };
import zh from "./zh.json" with { type: "json" };

/** Paths of all texts; plural forms count as one, since Chinese has a single form. */
function keysOf(value: unknown, path = ""): string[] {
  if (typeof value === "string") return [path.replace(/_(zero|one|two|few|many|other|\d+)$/, "")];
  return Object.entries(value as object).flatMap(([key, inner]) => keysOf(inner, path === "" ? key : `${path}.${key}`));
}

const source = fileURLToPath(new URL("..", import.meta.url));
const english = new Set(keysOf(en));

test("both languages have the same texts", () => {
  expect([...new Set(keysOf(zh))].sort()).toEqual([...english].sort());
});

test("every text a page asks for exists", () => {
  const missing: string[] = [];
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(file) || file.endsWith(".test.ts")) continue;
    for (const [, key] of readFileSync(`${source}/${file}`, "utf8").matchAll(/\bt\(\s*"([^"]+)"/g)) {
      if (!english.has(key as string)) missing.push(`${file}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});
