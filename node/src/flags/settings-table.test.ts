import { describe, expect, it } from "vitest";
import { deprecatedFlags } from "./deprecated-flags.ts";
import { parseGoFlags } from "./go-flags.ts";
import { nodeFlags } from "./node-flags.ts";
import { changedSettings, settingsTable } from "./settings-table.ts";

const secret = "s3cret-w0rd";

function shown(args: string[]) {
  const flags = parseGoFlags(nodeFlags, { args, env: {}, readFile: () => undefined }, deprecatedFlags);
  return Object.fromEntries(changedSettings(nodeFlags, flags));
}

describe("the table of settings", () => {
  it("shows what differs from the defaults, under today's names", () => {
    const args = ["-broadcaster", "-maxAttempts", "0x3", "-discoveryTimeout", "0.5s", "-v", "5", "-reward=false"];
    const settings = shown(args);
    // -reward has no default that it could be the same as
    expect(settings).toEqual({ gateway: "true", v: "5", reward: "false" });
    expect(settingsTable(Object.entries(settings))).toBe("  gateway  true\n  reward   false\n  v        5\n");
    expect(shown([])).toEqual({});
  });

  it.each([
    [
      "ethUrl",
      `https://rpc.example/v3/${secret},http://127.0.0.1:8545`,
      "https://rpc.example/***,http://127.0.0.1:8545",
    ],
    ["objectStore", `s3+https://KEY:${secret}@s3.example/bucket`, "s3+https://***@s3.example/***"],
    ["recordStore", `gs://bucket?keyfile=${secret}`, "gs://bucket/***"],
    ["authWebhookUrl", `http://u:${secret}@127.0.0.1:1/hook`, "http://***@127.0.0.1:1/***"],
    ["metadataQueueUri", `amqp://u:${secret}@mq:5672`, "amqp://***@mq:5672"],
    ["orchWebhookUrl", secret, "***"],
    ["liveAIHeartbeatHeaders", `authorization:${secret}`, "***"],
    ["transcodingOptions", "a\n  b", "a b"],
  ])("hides what may be a key in -%s", (name, value, expected) => {
    expect(shown([`-${name}`, value])).toEqual({ [name]: expected });
  });

  it("never shows what a secret flag or the changing part of a URL holds", () => {
    const values = nodeFlags
      .filter((flag) => flag.secret || flag.url)
      .flatMap((flag) => [
        [`-${flag.name}`, secret],
        [`-${flag.name}`, `https://u:${secret}@h/${secret}?k=${secret}#${secret}`],
        [`-${flag.name}`, `//u:${secret}@h`],
      ]);
    expect(values.length).toBeGreaterThan(60);
    for (const args of values) expect(JSON.stringify(shown(args))).not.toContain(secret);
  });
});
