import { LpError, toHex } from "@livepeer-ts/kernel";
import { adminJson } from "../admin/admin-json.ts";
import type { FlagValues } from "../flags/go-flags.ts";
import { type AdminClient, type AdminParams, type AdminReply, accepted, replyJson, replyText } from "./admin-client.ts";
import type { CliAction } from "./cli-actions.ts";
import { estimateLines, estimateTransaction } from "./transaction-estimate.ts";

/** How a command talks to the person. */
export type ActionConsole = {
  readonly print: (text: string) => void;
  /** For what is about to happen; not part of the answer. */
  readonly tell: (line: string) => void;
  readonly confirm: (question: string) => Promise<boolean>;
};

/** Runs one command. Rejects with `node_refused`, `not_confirmed`, `no_estimate`. */
export async function runAction(
  action: CliAction,
  flags: FlagValues,
  client: AdminClient,
  console: ActionConsole,
): Promise<void> {
  const { route } = action;
  const given = (names: readonly { readonly name: string }[]): AdminParams =>
    Object.fromEntries(names.filter(({ name }) => flags.get(name) !== "").map(({ name }) => [name, flags.get(name)]));
  const params = given(route.params);
  const headers = given(route.headers ?? []);
  const wantsJson = flags.bool("json");
  for (const { name, isRequired } of route.params) {
    if (isRequired && params[name] === undefined)
      throw new LpError({ code: "bad_flag", message: `--${name} is missing: see livepeer cli ${action.name} --help` });
  }
  const isDry = flags.bool("dry-run");
  if (route.estimate !== undefined && (isDry || !flags.bool("yes"))) {
    const estimate = await estimateTransaction(client, route.path, params);
    if (isDry) {
      if (estimate === undefined)
        throw new LpError({ code: "no_estimate", message: "this node gives no estimates: nothing was sent" });
      console.print(wantsJson ? adminJson({ estimate }) : estimateLines(estimate).join("\n"));
      return;
    }
    for (const line of estimateLines(estimate)) console.tell(line);
    if (!(await console.confirm("Send this?")))
      throw new LpError({ code: "not_confirmed", message: "nothing was sent; --yes sends without asking" });
  } else if (isDry && route.scope === "transact") {
    const call = { method: "POST", path: route.path, params };
    const pairs = Object.entries(params).map(([name, value]) => ` ${name}=${value}`);
    console.print(wantsJson ? adminJson({ call }) : `POST ${route.path}${pairs.join("")}`);
    return;
  }
  const reply =
    route.scope === "transact" ? await client.post(route.path, params, headers) : await client.get(route.path, params);
  // a node that is not ready says so with an answer of its own
  const isAnswer = route.path === "/readyz" && reply.status === 503;
  const result = resultOf(action, isAnswer ? reply : accepted(reply));
  if (isAnswer) process.exitCode = 1;
  if (wantsJson) console.print(adminJson({ result }));
  else if (typeof result === "string") console.print(result.replace(/\n$/, ""));
  else console.print(result === null ? "done" : JSON.stringify(JSON.parse(adminJson(result)), undefined, 2));
}

function resultOf({ route }: CliAction, reply: AdminReply): unknown {
  if (route.result === "json") return replyJson(reply);
  if (reply.bytes.length === 0) return route.result === "text" ? "" : null;
  return route.result === "bytes" ? toHex(reply.bytes) : replyText(reply);
}
