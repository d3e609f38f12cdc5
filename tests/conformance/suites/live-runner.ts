import { startEchoApp, startLiveWorld } from "../../support/live-world.ts";
import { type Fields, list, number, object, optionalText, text } from "../read-case.ts";
import type { ConformanceSuite } from "../suite.ts";

/** Headers that the recording client made itself. */
const clientHeaders: ReadonlySet<string> = new Set([
  "user-agent",
  "accept-encoding",
  "connection",
  "accept",
  "accept-language",
  "sec-fetch-mode",
]);

type World = Awaited<ReturnType<typeof startRecorded>>;
let running: Promise<World> | undefined;

/** One world for all scenarios of a file: the later ones go on where the earlier ones ended. */
async function startRecorded() {
  const world = await startLiveWorld();
  const app = await startEchoApp(({ path }) =>
    path === "/health" ? { status: 200, type: "text/plain", body: "ok" } : undefined,
  );
  const values = new Map<string, string>([
    ["orchestrator_host", new URL(world.orchestratorUrl).host],
    ["app_host", new URL(app.url).host],
  ]);
  return { world, app, values };
}

/** A recorded conversation with the registry of live runners. What differs from run to run stands in braces. */
export const suite: ConformanceSuite = async (testCase, file) => {
  running ??= startRecorded();
  const { world, app, values } = await running;
  try {
    const expected: unknown[] = [];
    const got: unknown[] = [];
    for (const step of list(testCase, "steps") as Fields[]) {
      const request = object(step, "request");
      const recorded = object(step, "response");
      const method = text(request, "method");
      const body = request["body"];
      const sent =
        typeof body === "string" ? body : body === null || body === undefined ? undefined : JSON.stringify(body);
      const answer = await fetch(`${world.orchestratorUrl}${fill(text(request, "path"), values)}`, {
        method,
        headers: Object.entries(object(request, "headers")).map(
          ([name, value]) => [name, fill(String(value), values)] as [string, string],
        ),
        ...(sent === undefined ? {} : { body: fill(sent, values) }),
      });
      const received = await answer.text();
      const isJson = typeof recorded["body"] === "object" && recorded["body"] !== null;
      const shown = isJson ? plain(JSON.parse(received)) : received;
      const wanted = isJson ? plain(recorded["body"]) : recorded["body"];
      learn(wanted, shown, values);
      expected.push({
        status: number(recorded, "status"),
        type: optionalText(recorded, "content_type") ?? "",
        body: filled(wanted, values),
      });
      got.push({ status: answer.status, type: answer.headers.get("content-type") ?? "", body: shown });
    }
    return { expected, got };
  } finally {
    const scenarios = (file as Fields)["scenarios"] as readonly unknown[];
    if (scenarios.at(-1) === testCase) {
      running = undefined;
      await world.stop();
      await app.stop();
    }
  }
};

/** Header names in lower case, without those of the client's own. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, name === "headers" ? headers(part as Fields) : plain(part)]),
  );
}

function headers(fields: Fields): Fields {
  const named = Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(named.filter(([name]) => !clientHeaders.has(name)).sort());
}

const braces = /\{([a-z]+[a-z0-9_]*)\}/g;

function fill(written: string, values: ReadonlyMap<string, string>): string {
  return written.replaceAll(braces, (whole, name: string) => values.get(name) ?? whole);
}

function filled(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return fill(value, values);
  if (Array.isArray(value)) return value.map((part) => filled(part, values));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filled(part, values)]));
}

/** What stands in the place of a name that is not known yet; its form must be the recorded one. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/^session_\d/, "session_[a-z2-7]{8}"],
  [/^runner_\d/, "runner_[a-z2-7]{8}"],
  [/^secret52/, "[a-z2-7]{52}"],
  [/^proxyid26/, "[a-z2-7]{26}"],
  [/^o2rkey16/, "[a-z2-7]{16}"],
  [/^rfc3339/, "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z"],
];

function learn(wanted: unknown, shown: unknown, values: Map<string, string>): void {
  if (typeof wanted === "string" && typeof shown === "string") {
    const names: string[] = [];
    // the time differs each time
    values.delete("rfc3339");
    const pattern = fill(wanted, values)
      .split(/(\{[a-z]+[a-z0-9_]*\})/)
      .map((part) => {
        const name = /^\{(.*)\}$/.exec(part)?.[1];
        if (name === undefined) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
        names.push(name);
        return `(${forms.find(([form]) => form.test(name))?.[1] ?? "(?!)"})`;
      })
      .join("");
    const found = new RegExp(`^${pattern}$`).exec(shown);
    names.forEach((name, index) => {
      const value = found?.[index + 1];
      if (value !== undefined) values.set(name, value);
    });
  } else if (typeof wanted === "object" && wanted !== null && typeof shown === "object" && shown !== null) {
    for (const [name, part] of Object.entries(wanted)) learn(part, (shown as Fields)[name], values);
  }
}
