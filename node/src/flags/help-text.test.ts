import { expect, it } from "vitest";
import { deprecatedFlags } from "./deprecated-flags.ts";
import { helpText } from "./help-text.ts";
import { flagGroups, nodeFlags } from "./node-flags.ts";
import { mistText, versionText } from "./version-text.ts";

it("lists every flag once, by topic, on lines that fit a terminal", () => {
  const text = helpText();
  for (const { name } of [...nodeFlags, ...deprecatedFlags])
    expect(text.match(new RegExp(`^  -${name}( |$)`, "gm")), name).toHaveLength(1);
  for (const { title } of flagGroups) expect(text).toContain(`\n${title}\n`);
  expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
  expect(text).toMatch(/-netint string\n.*; not built yet\n/);
});

it("prints the version on four lines", () => {
  expect(versionText()).toMatch(
    /^Livepeer Node Version: \S+\nNode\.js runtime version: v24\S+\nArchitecture: \S+\nOperating system: \S+\n$/,
  );
});

it("describes the flags to the Mist controller", () => {
  const { optional, ...rest } = JSON.parse(mistText()) as { optional: Record<string, object> };
  expect(rest).toEqual({
    name: "livepeer",
    desc: expect.any(String),
    friendly: "Livepeer",
    version: expect.any(String),
  });
  expect(Object.keys(optional)).toEqual(nodeFlags.map(({ name }) => name));
  const { help: _sessions, ...sessions } = optional["maxSessions"] as { help: string };
  expect(sessions).toEqual({ name: "maxSessions", option: "-maxSessions", default: "10", type: "str" });
  const { help: _gateway, ...gateway } = optional["gateway"] as { help: string };
  expect(gateway).toEqual({ name: "gateway", option: "-gateway", default: "false" });
});
