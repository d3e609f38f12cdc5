import { LpError } from "@livepeer-ts/kernel";
import fc from "fast-check";
import { expect, it } from "vitest";
import { checkFlags } from "./check-flags.ts";
import { deprecatedFlags } from "./deprecated-flags.ts";
import type { FlagKind } from "./flag-spec.ts";
import { flagVariable, parseGoFlags } from "./go-flags.ts";
import { nodeFlags } from "./node-flags.ts";
import { changedSettings, settingsTable } from "./settings-table.ts";

const secret = "s3cret-w0rd";
const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/** Values that have been wrong somewhere, and right ones, whatever the flag. */
const texts = [
  ...[
    "",
    "none",
    "auto",
    "offchain",
    "mainnet",
    "arbitrum-one-mainnet",
    "mine",
    "0",
    "1",
    "-1",
    "10",
    "1.5",
    "3/2",
    "1/0",
  ],
  ...["1e5", "0x10", "9".repeat(90), "1USD", "0.01eth", "-2wei", ":0", ":1", "127.0.0.1:0", "localhost", "0.0.0.0:1"],
  ...[
    "::1",
    "[::1]:5",
    "[::1",
    "host:99999",
    "a b",
    "http://h:1",
    "https://h",
    "https://h/path",
    "ws://h",
    "ftp://h:1",
  ],
  ...[
    "http://",
    "https://[::1",
    "//h",
    `https://u:p@h/x?y=z`,
    account,
    account.slice(2),
    "0x12",
    "P240p30fps16x9",
    "Pnone",
  ],
  ...[
    "null",
    "1",
    "[]",
    "{}",
    "[1]",
    "[null]",
    '{"gateways":[null]}',
    '{"gateways":1}',
    '{"capabilities_prices":[null]}',
  ],
  ...['{"capabilities_prices":[{"pipeline":"llm","price_per_unit":1}]}', '[{"width":640,"height":360,"bitrate":1000}]'],
  ...["[{", "medium", "text", "json", "0.9.1", "v1", "../..", "a,b", ",", " ", "\u0000", "ä€", "toString", "__proto__"],
];

const byKind: Record<FlagKind, fc.Arbitrary<string>> = {
  bool: fc.constantFrom("true", "false", "1", "F", "yes"),
  int: fc.constantFrom("0", "1", "-1", "7", "0x7fffffffffffffff", "-9223372036854775808", "1000000", "many"),
  float: fc.constantFrom("0", "1", "-1", "0.3", "0.7", "1e300", "-0", "5e-324", "Infinity"),
  duration: fc.constantFrom("0", "0s", "-1s", "500ms", "5m", "9999999h", "1ns", "5"),
  string: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...texts) }, { weight: 1, arbitrary: fc.string() }),
};

const settable = [...nodeFlags, ...deprecatedFlags].filter(
  ({ name }) => !["config", "help", "version", "j"].includes(name),
);
const oneFlag = fc.constantFrom(...settable).chain((flag) =>
  byKind[flag.kind].map((value) => {
    const isHidden = "secret" in flag && flag.secret === true;
    return { name: flag.name, value: isHidden ? secret : value };
  }),
);
/** Right values of flags that are built, so that not every combination has something wrong in it. */
const rightFlag = fc
  .constantFrom(
    ...[
      "httpAddr=:0",
      "httpAddr=[::1]",
      "cliAddr=::1",
      "rtmpAddr=h:1",
      "orchAddr=a,b:1,https://c",
      "nodes=https://n:1",
    ],
    ...[
      "serviceAddr=none",
      "serviceAddr=http://h:1",
      `orchBlocklist=${account},${account}`,
      "orchMinLivepeerVersion=v0.9",
    ],
    ...["maxPricePerUnit=1eth", "ignoreMaxPriceIfNeeded=true", "maxSessions=5", "maxAttempts=0", "monitor=true", "v=6"],
    ...["transcodingOptions=P240p30fps16x9,P720p30fps4x3", "hevcDecoding=true", "reward=false", "localVerify=false"],
    ...[`ethAcctAddr=${account}`, "gasLimit=0x10", "minGasPrice=0", "ticketEV=1", "maxTicketEV=3/2", "redeemGas=5"],
    ...["pixelsPerUnit=3", "autoAdjustPrice=F", "datadir=/d", "authWebhookUrl=http://u:p@h/x", "logFormat=json"],
    ...["allowEgress=h:1,[::1]:2", `ethPassword=${secret}`, "aiVerboseLogs=false", "startupAvailabilityCheck=false"],
  )
  .map((text) => ({ name: text.slice(0, text.indexOf("=")), value: text.slice(text.indexOf("=") + 1) }));
const anyFlag = fc.oneof({ weight: 3, arbitrary: rightFlag }, { weight: 1, arbitrary: oneFlag });
const role = fc.constantFrom(
  [],
  ["-gateway"],
  ["-broadcaster"],
  ["-orchestrator", "-transcoder"],
  ["-orchestrator"],
  ["-gateway", "-orchAddr=h:1"],
  ["-orchestrator", "-transcoder", "-serviceAddr=h:1"],
  ["-initializeRound", "-network=mainnet", "-ethUrl=http://h"],
  ["-gateway", "-network=mainnet", "-ethUrl=http://h"],
  ["-orchestrator", "-transcoder", "-network=mainnet", "-ethUrl=http://h", "-pricePerUnit=1"],
  ["-transcoder"],
  ["-transcoder", `-orchSecret=${secret}`, "-orchAddr=h"],
  ["-orchestrator", `-orchSecret=${secret}`, "-serviceAddr=h:1", "-maxSessions=auto"],
  ["-aiWorker"],
  ["-redeemer"],
  ["-remoteSigner"],
);
const flags = fc.record({
  role,
  args: fc.array(anyFlag, { maxLength: 6 }),
  env: fc.array(anyFlag, { maxLength: 2 }),
  file: fc.array(anyFlag, { maxLength: 2 }),
});

/** One line, says something, shows no secret. */
function expectSentence(sentence: string): void {
  expect(sentence).toMatch(/^[^\n]{10,}$/);
  expect(sentence).not.toMatch(/undefined|\[object|NaN/);
}

it("turns any flags into a configuration or into sentences, and never throws anything else", () => {
  const seen = { configurations: 0, refused: 0, unreadable: 0 };
  fc.assert(
    fc.property(flags, ({ role, args, env, file }) => {
      const sources = {
        args: [...role, "-config=/config", ...args.map(({ name, value }) => `-${name}=${value}`)],
        env: Object.fromEntries(env.map(({ name, value }) => [flagVariable(name), value])),
        readFile: (path: string) =>
          path === "/config" ? `# file\n${file.map(({ name, value }) => `${name} ${value}`).join("\n")}\n` : undefined,
      };
      try {
        const values = parseGoFlags(nodeFlags, sources, deprecatedFlags);
        const { config, problems, warnings } = checkFlags(values, { home: "/home/me" });
        expect(config === undefined).toBe(problems.length > 0);
        for (const sentence of [...problems, ...warnings]) expectSentence(sentence.replaceAll(/"[^"]*"/gs, '"…"'));
        expect(JSON.stringify([problems, warnings])).not.toContain(secret);
        expect(settingsTable(changedSettings(nodeFlags, values))).not.toContain(secret);
        // pure: a second look says the same
        expect(checkFlags(values, { home: "/home/me" })).toEqual({ config, problems, warnings });
        seen[config === undefined ? "refused" : "configurations"]++;
      } catch (error) {
        if (!(error instanceof LpError) || error.code !== "bad_flag") throw error;
        expect(error.message).not.toContain(secret);
        seen.unreadable++;
      }
    }),
    { numRuns: 1500, seed: 20_260_101 },
  );
  // the grammar reaches all three ends
  for (const count of Object.values(seen)) expect(count, JSON.stringify(seen)).toBeGreaterThan(30);
});
