import { describe, expect, it } from "vitest";
import { checkFlags } from "./check-flags.ts";
import { parseGoFlags } from "./go-flags.ts";
import { nodeFlags } from "./node-flags.ts";
import { notBuiltName, notBuiltYet } from "./not-built-yet.ts";

/** What was missing when this list was made. It may only shrink: take out here what was built. */
const recorded = [
  "-mediaMTXApiPassword",
  "-liveAITrickleHostForRunner",
  "-liveAISaveNSegments",
  "-liveAICapReportInterval",
  "-netint",
];

const values: Readonly<Record<string, string>> = { bool: "true", int: "7", float: "7.5", duration: "7s", string: "x" };

describe("what is not built yet", () => {
  it("is what was recorded: nothing joins the list, and what leaves it leaves the record too", () => {
    expect(notBuiltYet.map(notBuiltName)).toEqual(recorded);
  });

  it("names flags that exist", () => {
    const names = new Set(nodeFlags.map(({ name }) => name));
    expect(notBuiltYet.filter(({ flag }) => !names.has(flag))).toEqual([]);
  });

  it("is refused in one sentence when it is asked for, and not when a flag says its default", () => {
    for (const entry of notBuiltYet.filter(({ when }) => when === undefined)) {
      const { kind, fallback } = nodeFlags.find(({ name }) => name === entry.flag) ?? { kind: "string", fallback: "" };
      const check = (value: string) =>
        checkFlags(
          parseGoFlags(nodeFlags, {
            args: ["-gateway", "-orchAddr", "a:1", `-${entry.flag}=${value}`],
            env: {},
            readFile: () => undefined,
          }),
          { home: "/home/me" },
        ).problems;
      expect(check(values[kind] as string)).toContain(
        `-${entry.flag} cannot be used: ${entry.missing} is not built yet`,
      );
      expect(check(fallback)).toEqual([]);
    }
  });
});
