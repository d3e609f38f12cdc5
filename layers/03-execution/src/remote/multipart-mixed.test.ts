import { concatBytes, utf8 } from "@livepeer-ts/kernel";
import { joinMixed } from "@livepeer-ts/media";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, splitMixed } from "./multipart-mixed.ts";

const limits = { maxParts: 8, maxPartBytes: 1000 };
const boundary = "0123456789abcdef0123";

async function joined(parts: readonly Uint8Array[], withLength: boolean): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const heads = (bytes: Uint8Array): (readonly [string, string])[] => [
    ["Content-Type", "video/mp2t"],
    ...(withLength ? [["Content-Length", String(bytes.length)] as const] : []),
  ];
  for await (const chunk of joinMixed(
    parts.map((bytes) => ({ header: heads(bytes), bytes })),
    boundary,
  ))
    chunks.push(chunk);
  return concatBytes(...chunks);
}

describe("a multipart/mixed body", () => {
  it("gives back the parts that were put in, with and without stated lengths", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 8 }),
        fc.boolean(),
        async (parts, withLength) => {
          const split = splitMixed(await joined(parts, withLength), boundary, limits);
          expect(split.map((part) => Buffer.from(part.bytes))).toEqual(parts.map((bytes) => Buffer.from(bytes)));
          for (const part of split) expect(part.header.get("content-type")).toBe("video/mp2t");
        },
      ),
    );
  });

  it("is refused when it is cut anywhere, has too many parts or too large ones, and never crashes", async () => {
    const whole = await joined([utf8("first"), utf8("second\r\n--0123")], true);
    for (let length = 0; length < whole.length - 2; length++) {
      expect(() => splitMixed(whole.subarray(0, length), boundary, limits), `${length} bytes`).toThrow();
    }
    const many = await joined(
      Array.from({ length: 9 }, () => utf8("x")),
      true,
    );
    expect(() => splitMixed(many, boundary, limits)).toThrow("more than 8 parts");
    expect(() => splitMixed(many, "other", limits)).toThrow("does not begin with its boundary");
    const large = await joined([new Uint8Array(1001)], true);
    expect(() => splitMixed(large, boundary, limits)).toThrow("larger than 1000 bytes");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          splitMixed(concatBytes(utf8(`--${boundary}`), bytes), boundary, limits);
        } catch (error) {
          expect(error).toMatchObject({ code: "bad_multipart" });
        }
      }),
    );
  });

  it("has the boundary that its content type names", () => {
    expect(boundaryOf("multipart/mixed; boundary=abc")).toBe("abc");
    expect(boundaryOf('Multipart/Mixed; charset=x; boundary="a b"')).toBe("a b");
    expect(boundaryOf("video/mp2t; boundary=abc")).toBeUndefined();
    expect(boundaryOf("multipart/mixed")).toBeUndefined();
  });
});
