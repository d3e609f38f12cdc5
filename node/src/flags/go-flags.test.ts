import { describe, expect, it } from "vitest";
import { deprecatedFlags } from "./deprecated-flags.ts";
import type { FlagSpec } from "./flag-spec.ts";
import { isSameValue, parseDurationMs, parseGoInt } from "./flag-value.ts";
import { flagVariable, parseGoFlags } from "./go-flags.ts";
import { nodeFlags } from "./node-flags.ts";

const specs: FlagSpec[] = [
  { name: "gateway", kind: "bool", fallback: "false", help: "" },
  { name: "reward", kind: "bool", fallback: "false", help: "" },
  { name: "dataDir", kind: "string", fallback: "", help: "" },
  { name: "aiRunnerImageOverrides", kind: "string", fallback: "", help: "" },
  { name: "maxSessions", kind: "string", fallback: "10", help: "" },
  { name: "maxAttempts", kind: "int", fallback: "3", help: "" },
  { name: "selectRandFreq", kind: "float", fallback: "0.3", help: "" },
  { name: "discoveryTimeout", kind: "duration", fallback: "500ms", help: "" },
  { name: "ethPassword", kind: "string", fallback: "", help: "", orFile: true },
  { name: "config", kind: "string", fallback: "", help: "" },
];

function parse(args: string[], env: Record<string, string> = {}, files: Record<string, string> = {}) {
  return parseGoFlags(specs, { args, env, readFile: (path) => files[path] }, deprecatedFlags);
}

describe("parseGoFlags", () => {
  it("reads single and double dashes, inline and separate values", () => {
    const flags = parse(["-gateway", "--maxSessions", "4", "-reward=false", "-discoveryTimeout=1m30s"]);
    expect(flags.bool("gateway")).toBe(true);
    expect(flags.get("maxSessions")).toBe("4");
    expect(flags.bool("reward")).toBe(false);
    expect(flags.isSet("reward")).toBe(true);
    expect(flags.isSet("selectRandFreq")).toBe(false);
    expect(flags.ms("discoveryTimeout")).toBe(90_000);
  });

  it("prefers the command line, then the environment, then the configuration file, then the default", () => {
    const files = { "/c": "maxSessions 1 # one\n# nothing\nmaxAttempts 9\ngateway\nreward false\n" };
    const flags = parse(["-maxSessions", "3", "-config", "/c"], { LP_MAXSESSIONS: "2", LP_MAXATTEMPTS: "7" }, files);
    expect(flags.get("maxSessions")).toBe("3");
    expect(flags.int("maxAttempts")).toBe(7);
    expect(flags.bool("gateway")).toBe(true);
    expect([flags.isSet("reward"), flags.bool("reward")]).toEqual([true, false]);
    expect(flags.ms("discoveryTimeout")).toBe(500);
  });

  it("takes a value from a file when the flag allows it, and remembers what was written", () => {
    const flags = parse(["-ethPassword", "/secret"], {}, { "/secret": " pw\n" });
    expect([flags.get("ethPassword"), flags.written("ethPassword")]).toEqual(["pw", "/secret"]);
    expect(parse(["-ethPassword", "literal"]).get("ethPassword")).toBe("literal");
  });

  it("takes an empty variable for an unset one", () => {
    expect(parse([], { LP_GATEWAY: "", LP_MAXATTEMPTS: "" }).int("maxAttempts")).toBe(3);
  });

  it("takes old names from every place and says once what to write instead", () => {
    expect(parse(["-broadcaster", "-broadcaster"])).toMatchObject({
      warnings: ["-broadcaster is deprecated: write -gateway"],
    });
    expect(parse([], { LP_BROADCASTER: "true" }).bool("gateway")).toBe(true);
    expect(parse(["-config", "/c"], {}, { "/c": "datadir /old" }).get("dataDir")).toBe("/old");
    const image = parse(["-aiRunnerImage", 'a"b']);
    expect(JSON.parse(image.get("aiRunnerImageOverrides"))).toEqual({ default: 'a"b' });
    expect(parse(["-liveAICapRefreshModels", "x"]).warnings).toEqual([
      "-liveAICapRefreshModels is deprecated and has no effect: leave it out",
    ]);
    // the command line is stronger than the environment, under whichever name
    expect(parse(["-datadir", "/a"], { LP_DATADIR: "/b" }).get("dataDir")).toBe("/a");
    expect(parse(["-dataDir", "/a", "-datadir", "/a"]).get("dataDir")).toBe("/a");
  });

  it.each([
    [["-nothing"], "flag provided but not defined: -nothing"],
    [["-maxSesions", "3"], "flag provided but not defined: -maxSesions (did you mean -maxSessions?)"],
    [["-MAXSESSIONS", "3"], "(did you mean -maxSessions?)"],
    [["-gatewya"], "(did you mean -gateway?)"],
    [["-maxSessions"], "flag needs an argument: -maxSessions"],
    [["-maxAttempts", "many"], 'invalid value "many" for flag -maxAttempts'],
    [["-maxAttempts", "9223372036854775808"], "for flag -maxAttempts"],
    [["-selectRandFreq", "NaN"], 'invalid value "NaN" for flag -selectRandFreq'],
    [["-discoveryTimeout", "5"], 'invalid value "5" for flag -discoveryTimeout: write a duration such as 500ms'],
    [["-gateway=maybe"], 'invalid boolean value "maybe" for -gateway'],
    [["stray"], 'unexpected argument "stray"'],
    [["--"], 'unexpected argument "--"'],
    [["-config", "/missing"], "the configuration file /missing cannot be read"],
    [["-config", "/odd"], 'config file flag "maxSesions" not defined in flag set (did you mean -maxSessions?)'],
    [["-dataDir", "/a", "-datadir", "/b"], "-dataDir and -datadir are the same flag with different values"],
  ])("refuses %j with a clear sentence", (args, sentence) => {
    expect(() => parse(args, {}, { "/odd": "maxSesions 3\n" })).toThrow(sentence);
  });

  it("does not suggest a name for what resembles none", () => {
    expect(() => parse(["-somethingElse"])).toThrow(/^flag provided but not defined: -somethingElse$/);
  });
});

describe("values as Go writes them", () => {
  it.each([
    ["0", 0],
    ["-0", -0],
    ["1h0m2.5s", 3_602_500],
    [".5s", 500],
    ["-1m", -60_000],
    ["100us", 0.1],
  ])("the duration %s", (text, ms) => expect(parseDurationMs(text)).toBeCloseTo(ms, 9));

  it.each(["", "soon", "5", "1 s", "s", "1s2", "--1s"])('no duration: "%s"', (text) => {
    expect(() => parseDurationMs(text)).toThrow("is not a duration");
  });

  it.each([
    ["0x10", 16n],
    ["-017", -15n],
    ["0o17", 15n],
    ["0b11", 3n],
    ["1_000", 1000n],
    ["+5", 5n],
    ["9223372036854775807", 2n ** 63n - 1n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["9223372036854775808", undefined],
    ["08", undefined],
    ["1__0", undefined],
    ["ff", undefined],
    ["1.5", undefined],
    ["", undefined],
  ])("the whole number %s", (text, value) => expect(parseGoInt(text)).toBe(value));

  it("knows equal values in different clothes", () => {
    expect(isSameValue("duration", "5s", "5000ms")).toBe(true);
    expect(isSameValue("float", "0", "0.0")).toBe(true);
    expect(isSameValue("string", "0", "0.0")).toBe(false);
  });
});

describe("the registry", () => {
  it("has every name once, deprecated ones included, and a value of its kind as every default", () => {
    const names = [...nodeFlags, ...deprecatedFlags].map((flag) => flag.name);
    expect(new Set(names).size).toBe(names.length);
    const defaults = nodeFlags.filter((flag) => flag.fallback !== "").map((flag) => `-${flag.name}=${flag.fallback}`);
    const flags = parseGoFlags(nodeFlags, { args: defaults, env: {}, readFile: () => undefined });
    for (const { name, kind, fallback } of nodeFlags) expect(isSameValue(kind, flags.get(name), fallback)).toBe(true);
  });

  it("has one environment variable for each flag, but for names that are the same in capitals", () => {
    const variables = nodeFlags.map((flag) => flagVariable(flag.name));
    expect(new Set(variables).size).toBe(variables.length);
    expect(flagVariable("maxPricePerUnit")).toBe("LP_MAXPRICEPERUNIT");
  });
});
