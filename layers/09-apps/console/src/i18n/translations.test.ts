import { fileURLToPath } from "node:url";
import { translationProblems } from "@livepeer-ts/ui/testing";
import { expect, test } from "vitest";
import en from "./en.json" with { type: "json" };
import zh from "./zh.json" with { type: "json" };

test("every text a page asks for exists, in both languages", () => {
  expect(translationProblems(fileURLToPath(new URL("..", import.meta.url)), { en, zh })).toEqual([]);
});
