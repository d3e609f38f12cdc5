import { LpError } from "@livepeer-ts/kernel";

/** An element of an answer: its text, or its children. */
export type XmlElement = { readonly name: string; readonly text: string; readonly children: readonly XmlElement[] };

const maxDepth = 8;
const maxElements = 50_000;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function bad(what: string): LpError {
  return new LpError({
    code: "object_store_bad_answer",
    message: `the object store answered with XML that cannot be read (${what}): is the address that of an S3 service?`,
  });
}

function unescaped(text: string): string {
  return text.replaceAll(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const numeric = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const code =
      numeric === null ? undefined : Number.parseInt(numeric[1] ?? (numeric[2] as string), numeric[1] ? 16 : 10);
    const char = code === undefined ? entities[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (char === undefined || !whole.endsWith(";")) throw bad("an unknown entity");
    return char;
  });
}

/**
 * Reads the XML that S3 services answer with: elements and text. Attributes, comments and the declaration are skipped;
 * document types, and with them entities of the answer's own, are refused. Throws `object_store_bad_answer`.
 */
export function parseXml(text: string): XmlElement {
  type Open = { name: string; text: string; children: XmlElement[] };
  const root: Open = { name: "", text: "", children: [] };
  const stack: Open[] = [root];
  let count = 0;
  // One of: comment or declaration, closing tag, opening tag (perhaps empty), text.
  const pattern =
    /<!--[\s\S]*?-->|<\?[^>]*\?>|<\/([A-Za-z_][\w:.-]*)\s*>|<([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw bad(`at character ${at}`);
    const [, closed, opened, , empty, characters] = match;
    const top = stack.at(-1) as Open;
    if (opened !== undefined) {
      if (++count > maxElements || stack.length > maxDepth) throw bad("too large");
      const element: Open = { name: opened.slice(opened.indexOf(":") + 1), text: "", children: [] };
      top.children.push(element);
      if (empty === "") stack.push(element);
    } else if (closed !== undefined) {
      if (stack.length === 1 || top.name !== closed.slice(closed.indexOf(":") + 1)) throw bad("tags do not match");
      stack.pop();
    } else if (characters !== undefined) {
      top.text += unescaped(characters);
    }
  }
  const [document] = root.children;
  if (stack.length !== 1 || root.children.length !== 1 || document === undefined || root.text.trim() !== "") {
    throw bad("not one whole document");
  }
  return document;
}

/** Text of the first child of this name; undefined when there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
