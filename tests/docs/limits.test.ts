import { expect, test } from "vitest";
import { goLivepeerFlags, ownFlags } from "../../node/src/flags/node-flags.ts";
import { filesBelow, resolveFrom, textOf } from "./pages.ts";

type LimitRow = { readonly name: string; readonly value: number; readonly file: string };

const unitFactors: Readonly<Record<string, number>> = {
  "": 1,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  days: 86_400_000,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  MB: 1e6,
};

/** `16 MiB`, `4,096`, `20 s` as the number in the code (bytes, a count, ms). */
function numberIn(text: string): number {
  const [, digits, unit = ""] = /^([\d,.]+)\s*([A-Za-z]*)/.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits.replaceAll(",", "")) * (unitFactors[unit] ?? 1);
}

function rows(): LimitRow[] {
  const found: LimitRow[] = [];
  for (const line of textOf("LIMITS.md").split("\n")) {
    const [, name, value, file] = /^\| `([^`]+)`\s*\| ([^|]+?)\s*\| \[[^\]]+\]\(([^)]+)\)\s*\|/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && file !== undefined) {
      found.push({ name, value: numberIn(value.trim()), file: resolveFrom("LIMITS.md", file) });
    }
  }
  return found;
}

/** `20 * 1024 ** 2`, `1 << 20`, `5_000n` as a number; undefined when it is anything but arithmetic. */
function evaluate(expression: string): number | undefined {
  const bare = expression
    .replaceAll(/(\d)_(?=\d)/g, "$1")
    .replaceAll(/(\d)n\b/g, "$1")
    .trim();
  if (!/^[\d\s.*+()<e-]+$/.test(bare)) return undefined;
  try {
    const value: unknown = new Function(`return (${bare});`)();
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Values the code gives to a name: after `=`, `:` or `??`. */
function valuesOf(name: string, source: string): number[] {
  const found: number[] = [];
  const pattern = new RegExp(`\\b${name}\\b\\s*(?::\\s*\\w+\\s*=|=|:|\\?\\?)\\s*(?=([^,;\\n]+))`, "g");
  for (const match of source.matchAll(pattern)) {
    const expression = match[1] as string;
    for (let end = expression.length; end > 0; end--) {
      const value = evaluate(expression.slice(0, end));
      if (value === undefined) continue;
      found.push(value);
      break;
    }
  }
  return found;
}

test("reads figures as a person writes them and as the code does", () => {
  expect(["16 MiB", "4,096", "20 s", "2.5 s", "30 days"].map(numberIn)).toEqual([
    16 * 2 ** 20,
    4096,
    20_000,
    2500,
    2_592_000_000,
  ]);
  expect(valuesOf("maxThings", "maxThings: 256 * 1024 ** 2,")).toEqual([256 * 1024 ** 2]);
  expect(valuesOf("maxThings", "options.maxThings ?? 10_000n)")).toEqual([10_000]);
  expect(valuesOf("maxThings", "const maxThings = 1 << 20;")).toEqual([1 << 20]);
  expect(valuesOf("maxThings", "{ maxThings: options.maxThings ?? 2 * 1024, }")).toEqual([2048]);
  expect(valuesOf("maxThings", "readonly maxThings: number;")).toEqual([]);
});

test("LIMITS.md names the value that the code has", () => {
  const flags = new Map([...goLivepeerFlags, ...ownFlags].map((flag) => [`-${flag.name}`, flag.fallback]));
  const wrong: string[] = [];
  for (const { name, value, file } of rows()) {
    const known = name.startsWith("-")
      ? [numberIn((flags.get(name) ?? "").replace(/m$/, " min").replace(/(\d)(ms|s)$/, "$1 $2"))]
      : valuesOf(name, textOf(file));
    if (!known.includes(value))
      wrong.push(`${name}: the page says ${value}, ${file} says ${known.join(" or ") || "nothing"}`);
  }
  expect(wrong).toEqual([]);
  expect(rows().length).toBeGreaterThan(100);
});

test("every bound in the code that is called max… is in LIMITS.md", () => {
  const listed = new Set(rows().map(({ name, file }) => `${file} ${name}`));
  const missing: string[] = [];
  const sources = [...filesBelow("layers"), ...filesBelow("node"), ...filesBelow("runners")].filter(
    (path) => /\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|\.gen\.ts$|\/testing\/|^layers\/09-/.test(path),
  );
  for (const file of sources) {
    const source = textOf(file);
    const names = new Set(
      [...source.matchAll(/\b(max[A-Z]\w*)\s*(?:=|:|\?\?)\s*[\d(]/g)].map((match) => match[1] as string),
    );
    for (const name of names) {
      if (valuesOf(name, source).some((value) => value > 0) && !listed.has(`${file} ${name}`))
        missing.push(`${file} ${name}`);
    }
  }
  expect(missing, "add a line to LIMITS.md, with the file as the link").toEqual([]);
});
