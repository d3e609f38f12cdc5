import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkDefects, complaintsAbout } from "./defects/check-defects.ts";
import { type Defect, defects } from "./defects/defects.ts";
import { root } from "./support/forge.ts";

/** Each costs about ten seconds of compiling, so a day checks these; `npm run defects:contracts` checks all. */
const perDay = 2;

describe("defects", () => {
  test.each(defects)("$name: its text and its tests are where they were", async (defect) => {
    const contract = await readFile(join(root, "contracts", defect.contract), "utf8");
    expect(contract.split(defect.find)).toHaveLength(2);
    const tests = await readFile(join(root, "tests/contracts", defect.tests), "utf8");
    for (const name of [defect.mustFail, ...defect.mustPass]) expect(tests).toContain(`function ${name}(`);
  });

  test("there are at least ten, each with a name of its own", () => {
    expect(new Set(defects.map(({ name }) => name)).size).toBe(defects.length);
    expect(defects.length).toBeGreaterThanOrEqual(10);
  });

  test("today's are noticed by their tests", async () => {
    const day = Math.floor(Date.now() / 86_400_000);
    const today = Array.from({ length: perDay }, (_, i) => defects[(day * perDay + i) % defects.length] as Defect);
    console.log(`today's defects: ${today.map(({ name }) => name).join("; ")}`);
    expect(await checkDefects(today)).toEqual([]);
  }, 300_000);
});

test("a test that stays green, fails for another reason or takes others along is told", () => {
  const defect: Defect = { ...(defects[0] as Defect), name: "d", mustFail: "a", mustPass: ["b"], reason: /right/ };
  expect(
    complaintsAbout(
      defect,
      new Map([
        ["a", "right"],
        ["b", undefined],
      ]),
    ),
  ).toEqual([]);
  expect(
    complaintsAbout(
      defect,
      new Map([
        ["a", undefined],
        ["b", undefined],
      ]),
    ),
  ).toEqual(["d: a does not notice it"]);
  expect(
    complaintsAbout(
      defect,
      new Map([
        ["a", "wrong"],
        ["b", "x"],
      ]),
    ),
  ).toEqual(["d: a fails for another reason than /right/: wrong", "d: b fails too: x"]);
});
