// The dependency rule: a layer imports the kernel and lower numbers only, through package names, and package.json agrees.
// Run by `npm run check` and `npm test`.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What apps share beside the interfaces. */
const uiParts = "@livepeer-ts/ui";
/** The developer's command uses the app kit as an app does; no role of a node may. */
const usesKit = (where, specifier) => where.startsWith("node/src/app/") && specifier === "@livepeer-ts/sdk/app";
// `import … from "x"` and `export … from "x"`, `import "x"`, `import("x")`
const importPattern = /^(?:import|export)\s[^"';]*?from\s+"([^"\n]+)"|^import\s+"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    if (name === "node_modules" || name === "dist") continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name) && !name.endsWith(".gen.ts")) yield path;
  }
}

function packages() {
  const list = [];
  const add = (folder, number) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    list.push({ folder, number, name: manifest.name, manifest });
  };
  for (const name of readdirSync(join(root, "layers")).sort()) {
    const number = Number(name.slice(0, 2));
    if (number === 9) for (const app of readdirSync(join(root, "layers", name))) add(join("layers", name, app), 9);
    else add(join("layers", name), number);
  }
  add("node", 10);
  return list;
}

/** Every violation as a sentence. */
export function layerViolations() {
  const all = packages();
  const byName = new Map(all.map((item) => [item.name, item]));
  const found = [];
  for (const item of all) {
    const { dependencies, devDependencies, optionalDependencies } = item.manifest;
    const declared = { ...dependencies, ...devDependencies, ...optionalDependencies };
    const used = new Set();
    for (const file of sources(join(root, item.folder, "src"))) {
      const text = readFileSync(file, "utf8");
      const where = relative(root, file);
      for (const match of text.matchAll(importPattern)) {
        const specifier = match[1] ?? match[2] ?? match[3];
        if (specifier.startsWith(".")) {
          if (
            relative(join(root, item.folder), join(dirname(file), specifier)).startsWith("..") &&
            !specifier.endsWith(".json")
          ) {
            found.push(`${where} reaches out of its package with "${specifier}": import the package by name`);
          }
          continue;
        }
        const parts = specifier.split("/");
        const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
        used.add(name);
        const target = byName.get(name);
        const isTest = /\.test\.tsx?$|\/testing\//.test(file);
        if (target === undefined) {
          const isKnown = specifier.startsWith("node:") || declared[name] !== undefined || isTest;
          if (!isKnown) found.push(`${where} imports "${name}", which ${item.folder}/package.json does not declare`);
          continue;
        }
        const sub = specifier.slice(name.length);
        if (target.manifest.exports?.[sub === "" ? "." : `.${sub}`] === undefined) {
          found.push(`${where} imports "${specifier}", which ${target.folder}/package.json does not export`);
        }
        const isAllowed =
          item.number === 9
            ? target.number === 8 || (target.name === uiParts && item.name !== uiParts)
            : usesKit(where, specifier) || (target.number < item.number && target.number !== 8 && target.number !== 9);
        if (!isAllowed)
          found.push(
            `${where} (layer ${item.number}) imports ${name} (layer ${target.number}): only lower layers may be imported`,
          );
        if (declared[name] === undefined)
          found.push(`${where} imports ${name}, which ${item.folder}/package.json does not declare`);
      }
    }
    for (const name of Object.keys(declared)) {
      const target = byName.get(name);
      if (target !== undefined && item.number !== 9 && item.number !== 10 && target.number >= item.number) {
        found.push(`${item.folder}/package.json depends on ${name}, a layer that is not lower`);
      }
    }
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = layerViolations();
  for (const sentence of found) console.error(sentence);
  if (found.length > 0) process.exit(1);
  console.log("layers: every import goes down");
}
