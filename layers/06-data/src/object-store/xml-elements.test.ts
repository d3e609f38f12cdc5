import { hasErrorCode } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import { childText, parseXml } from "./xml-elements.ts";

it("reads what S3 services write", () => {
  const text =
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a note -->\n<s3:List xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    "<Key>a &amp; b&#x4e;&#78;&lt;</Key><Empty/><Owner><ID>7</ID></Owner>\n</s3:List>\n";
  const root = parseXml(text);
  expect(root.name).toBe("List");
  expect(childText(root, "Key")).toBe("a & bNN<");
  expect(childText(root, "Empty")).toBe("");
  expect(childText(root, "None")).toBeUndefined();
  expect(root.children.map((child) => child.name)).toEqual(["Key", "Empty", "Owner"]);
});

it.each([
  "",
  "no xml",
  "<a>",
  "<a></b>",
  "<a/><b/>",
  "</a>",
  "<a><b></a></b>",
  "<a b=1/>",
  "<a>&nope;</a>",
  "<a>&amp</a>",
  '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  `${"<a>".repeat(20)}${"</a>".repeat(20)}`,
  "<a><![CDATA[x]]></a>",
  "<html><body><p>Not <br> found</body></html>",
])("refuses %j", (text) => {
  expect(() => parseXml(text)).toThrow(/XML that cannot be read/);
});

it("never does anything but answer or refuse", () => {
  const pieces = fc.constantFrom(
    "<",
    ">",
    "/",
    "a",
    "&",
    ";",
    '"',
    "=",
    " ",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "&#x",
    "<?",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      try {
        parseXml(parts.join(""));
      } catch (error) {
        expect(hasErrorCode(error, "object_store_bad_answer")).toBe(true);
      }
    }),
  );
});

it("reads a long text with nothing to match in linear time", () => {
  expect(() => parseXml(`<a${" x".repeat(50_000)}`)).toThrow(/cannot be read/);
  expect(() => parseXml(`<a>${"&".repeat(50_000)}</a>`)).toThrow(/cannot be read/);
});
