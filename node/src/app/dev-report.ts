import type { AppDescription } from "./app-description.ts";
import type { ExampleCall } from "./app-example.ts";
import type { CallSeen } from "./gateway-calls.ts";
import type { ListedApp } from "./listed-apps.ts";
import { feeText, priceText } from "./money-text.ts";

export type DevReady = {
  readonly app: AppDescription;
  readonly gatewayUrl: string;
  /** Where calls go. */
  readonly url: string;
  readonly priceInfo: ListedApp["price_info"];
  readonly orchestratorUrl: string;
  readonly secretFile: string;
  readonly example: ExampleCall;
  readonly isPaid: boolean;
};

/** What `livepeer app dev` shows. */
export type DevReport = {
  step(what: string, ms?: number): void;
  appLine(line: string): void;
  ready(ready: DevReady): void;
  reloaded(ms: number, changed: readonly string[]): void;
  broken(why: string): void;
  call(call: CallSeen & { readonly isPaid: boolean }): void;
  stopping(): void;
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

/** For a person. */
export function textReport(): DevReport {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  return {
    step: (what, ms) => say(`  ${ms === undefined ? "…" : "✓"} ${what}${ms === undefined ? "" : ` (${seconds(ms)})`}`),
    appLine: (line) => say(`  | ${line}`),
    ready({ app, priceInfo, example, orchestratorUrl, secretFile, isPaid }) {
      const { price } = app;
      const cost =
        !isPaid || price === undefined
          ? "nothing without a chain"
          : `${price.amount} ${price.currency} per ${price.per}${priceInfo === undefined ? "" : `, ${priceText(priceInfo)} here`}`;
      say(`
${app.name} takes calls. Copy one of these:

  ${example.curl}
  ${example.call}

  Costs         ${cost}
  Orchestrator  ${orchestratorUrl} takes further apps, with the secret in ${secretFile}

A change of a source starts the app anew. Ctrl-C ends everything.
`);
      for (const file of example.missing)
        say(`  There is no ${file} in the folder yet: put one of your own into the line.\n`);
    },
    reloaded: (ms, changed) => say(`  ✓ started anew (${seconds(ms)}): ${changed.join(", ")}`),
    broken: (why) => say(`  ✗ ${why}. Calls are answered with 503 until a source changes.`),
    call({ app, status, ms, feeWei, isPaid }) {
      const fee = !isPaid ? "free" : feeWei === undefined && status >= 400 ? "" : feeText(feeWei);
      say(`  → ${app}  ${status}  ${seconds(ms)}  ${fee}`.trimEnd());
    },
    stopping: () => say("\nEnding the app and its network"),
  };
}

/** For programs: one object a line. */
export function jsonReport(): DevReport {
  const say = (event: string, fields: object = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    step: (what, ms) => say("step", { what, ms }),
    appLine: (line) => process.stderr.write(`${line}\n`),
    ready: ({ app, gatewayUrl, url, priceInfo, orchestratorUrl, secretFile, example }) =>
      say("ready", {
        app: app.name,
        ...{ gatewayUrl, url, priceInfo, orchestratorUrl, secretFile },
        ...{ curl: example.curl, call: example.call, missing: example.missing, pid: process.pid },
      }),
    reloaded: (ms, changed) => say("reloaded", { ms, changed }),
    broken: (why) => say("broken", { why }),
    call: ({ status, ms, feeWei, requestId, app }) => say("call", { app, status, ms, feeWei, requestId }),
    stopping: () => say("stopping"),
  };
}
