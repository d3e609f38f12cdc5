import { describe, expect, it } from "vitest";
import { type FlagSpec, parseDurationMs, parseGoFlags } from "./go-flags.ts";

const specs: FlagSpec[] = [
  { name: "gateway", kind: "bool", fallback: "false", help: "" },
  { name: "reward", kind: "bool", fallback: "false", help: "" },
  { name: "maxSessions", kind: "string", fallback: "10", help: "" },
  { name: "maxAttempts", kind: "int", fallback: "3", help: "" },
  { name: "discoveryTimeout", kind: "duration", fallback: "500ms", help: "" },
  { name: "ethPassword", kind: "string", fallback: "", help: "", orFile: true },
  { name: "config", kind: "string", fallback: "", help: "" },
];

function parse(args: string[], env: Record<string, string> = {}, files: Record<string, string> = {}) {
  return parseGoFlags(specs, { args, env, readFile: (path) => files[path] });
}

describe("parseGoFlags", () => {
  it("reads single and double dashes, inline and separate values", () => {
    const flags = parse(["-gateway", "--maxSessions", "4", "-reward=false", "-discoveryTimeout=1m30s"]);
    expect(flags.bool("gateway")).toBe(true);
    expect(flags.get("maxSessions")).toBe("4");
    expect(flags.bool("reward")).toBe(false);
    expect(flags.isSet("reward")).toBe(true);
    expect(flags.ms("discoveryTimeout")).toBe(90_000);
  });

  it("prefers the command line, then the environment, then the configuration file, then the default", () => {
    const files = { "/c": "maxSessions 1 # one\n# nothing\nmaxAttempts 9\ngateway\n" };
    const flags = parse(["-maxSessions", "3", "-config", "/c"], { LP_MAXSESSIONS: "2", LP_MAXATTEMPTS: "7" }, files);
    expect(flags.get("maxSessions")).toBe("3");
    expect(flags.int("maxAttempts")).toBe(7);
    expect(flags.bool("gateway")).toBe(true);
    expect(flags.ms("discoveryTimeout")).toBe(500);
  });

  it("takes a value from a file when the flag allows it", () => {
    expect(parse(["-ethPassword", "/secret"], {}, { "/secret": " pw\n" }).get("ethPassword")).toBe("pw");
    expect(parse(["-ethPassword", "literal"]).get("ethPassword")).toBe("literal");
  });

  it.each([
    [["-nothing"], "flag provided but not defined: -nothing"],
    [["-maxSessions"], "flag needs an argument: -maxSessions"],
    [["-maxAttempts", "many"], 'invalid value "many" for flag -maxAttempts'],
    [["-gateway=maybe"], 'invalid boolean value "maybe" for -gateway'],
    [["stray"], 'unexpected argument "stray"'],
    [["-config", "/missing"], "the configuration file /missing cannot be read"],
  ])("refuses %j with a clear sentence", (args, sentence) => {
    expect(() => parse(args as string[])).toThrow(sentence as string);
  });

  it("refuses texts that are no durations", () => {
    expect(() => parseDurationMs("soon")).toThrow("is not a duration");
  });
});
