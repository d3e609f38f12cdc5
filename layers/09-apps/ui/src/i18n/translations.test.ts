import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { translationProblems } from "../testing/translation-problems.ts";

test("every text a shared part asks for exists, in both languages", () => {
  expect(translationProblems(fileURLToPath(new URL("..", import.meta.url)), { en: {}, zh: {} })).toEqual([]);
});
