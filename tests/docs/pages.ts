import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const passedOver = new Set(["node_modules", "dist", "out", "cache", "lib"]);

/** Paths of all files below a folder, relative to the repository; hidden and built folders are passed over. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || passedOver.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** Every page of prose: the root's, those below docs/, and the README of any folder. */
export function pages(): string[] {
  return filesBelow(".").filter(
    (path) =>
      path.endsWith(".md") &&
      (!path.includes("/") || path.startsWith("docs/") || /(^|\/)README(\.\w+)?\.md$/.test(path)),
  );
}

/** Text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The page without code, where brackets mean something else. */
export function withoutCode(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
}

/** Anchors of a page's headings, as repository hosts make them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title] of markdown.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const plain = (title as string).replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    anchors.add(plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-"));
  }
  return anchors;
}

/** A path of the repository from another one's folder. */
export function resolveFrom(page: string, target: string): string {
  return relative(root, join(root, target.startsWith("/") ? "" : dirname(page), target));
}
