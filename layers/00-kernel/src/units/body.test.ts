import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answerText, bodyOf, readBody } from "./body.ts";
import { utf8 } from "./bytes.ts";

const answer = (status: number, header: Record<string, string>, body: AsyncIterable<Uint8Array>) => ({
  status,
  header: new Headers(header),
  body,
});

/** A body without end, which counts the pieces that were taken, and knows whether it was let go. */
function endless() {
  const seen = { pieces: 0, isLetGo: false };
  async function* pieces() {
    try {
      for (;;) {
        seen.pieces++;
        yield new Uint8Array(1024);
      }
    } finally {
      seen.isLetGo = true;
    }
  }
  return { seen, body: pieces() };
}

describe("an answer from outside", () => {
  it("is read to its end", async () => {
    expect(await answerText(answer(200, {}, bodyOf(utf8("yes"))), 10)).toBe("yes");
    expect(await answerText(answer(404, { "content-encoding": "identity" }, bodyOf(utf8("no"))), 10)).toBe("no");
  });
  it("is not inflated: it is refused, whatever it would become", async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    for (const encoding of ["gzip", "deflate", "br", "GZIP", "gzip, gzip", "identity, gzip"]) {
      await expect(
        answerText(answer(200, { "content-encoding": encoding }, bodyOf(bomb)), 1_000_000),
      ).rejects.toMatchObject({ code: "answer_encoded", message: expect.stringContaining("without Content-Encoding") });
    }
  });
  it.each([301, 302, 303, 307, 308])("that is a redirect (%d) leads nowhere", async (status) => {
    const header = { location: "http://169.254.169.254/latest/meta-data" };
    await expect(answerText(answer(status, header, bodyOf(utf8("{}"))), 10)).rejects.toMatchObject({
      code: "answer_redirect",
      message: expect.stringContaining("redirects are not followed"),
    });
  });
  it.each([
    ["plain", 200, {}, "body_too_large"],
    ["encoded", 200, { "content-encoding": "gzip" }, "answer_encoded"],
    ["a redirect", 302, {}, "answer_redirect"],
  ] as const)("that has no end and is %s is let go", async (_, status, header, code) => {
    const { seen, body } = endless();
    await expect(answerText(answer(status, header, body), 10_000)).rejects.toMatchObject({ code });
    expect([seen.pieces <= 11, seen.isLetGo]).toEqual([true, true]);
  });
  it("tells whoever counts of every piece", async () => {
    const seen: number[] = [];
    await readBody(bodyOf(utf8("four")), 10, (chunk) => seen.push(chunk.length));
    expect(seen).toEqual([4]);
  });
});
