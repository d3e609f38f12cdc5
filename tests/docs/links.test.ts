import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, pages, resolveFrom, root, textOf, withoutCode } from "./pages.ts";

/** Targets of links and images, in Markdown and in HTML. */
function targetsOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  return [
    ...[...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1] as string),
    ...[...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1] as string),
    ...[...text.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1] as string),
  ];
}

const isOutside = (target: string) => /^[a-z][a-z0-9+.-]*:/i.test(target);

test("finds links, images and references in a page", () => {
  const page =
    'a [b](c.md#d) ![e](<f.png>) `[no](x.md)`\n[g]: h.md\n<source srcset="i.svg"><a href="j/">\n```\n[no](y.md)\n```\n';
  expect(targetsOf(page)).toEqual(["c.md#d", "f.png", "h.md", "i.svg", "j/"]);
});

test("every relative link and image leads to something that exists", () => {
  const broken: string[] = [];
  let checked = 0;
  for (const page of pages()) {
    for (const target of targetsOf(textOf(page))) {
      if (isOutside(target)) continue;
      checked++;
      const [path = "", anchor] = decodeURI(target).split("#");
      const file = path === "" ? page : resolveFrom(page, path);
      if (file.startsWith("..") || !existsSync(join(root, file))) broken.push(`${page}: ${target}`);
      else if (anchor !== undefined && file.endsWith(".md") && !anchorsOf(textOf(file)).has(anchor)) {
        broken.push(`${page}: ${target} (no such heading)`);
      }
    }
  }
  expect(broken).toEqual([]);
  expect(checked).toBeGreaterThan(100);
});

test("the Chinese page has the English one's headings, pictures, links and commands", () => {
  const shape = (page: string) => {
    const text = textOf(page);
    return {
      headings: [...text.matchAll(/^(#{1,6}) /gm)].map((match) => match[1]),
      targets: targetsOf(text)
        .map((target) => target.replace(/#.*$/, "").replace(/\.zh\.|\.en\.|-zh\./g, "."))
        .filter((target) => target !== "" && target !== "README.md"),
      commands: [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) =>
        (match[1] as string).replace(/\s+#.*$/gm, ""),
      ),
    };
  };
  expect(shape("README.zh.md")).toEqual(shape("README.md"));
});
