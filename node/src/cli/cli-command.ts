import { hasErrorCode, LpError } from "@livepeer-ts/kernel";
import { adminJson } from "../admin/admin-json.ts";
import { bool, type FlagSpec, int, text } from "../flags/flag-spec.ts";
import { type FlagValues, parseGoFlags } from "../flags/go-flags.ts";
import { versionText } from "../flags/version-text.ts";
import { readSmallFile } from "../roles/read-small-file.ts";
import { AdminClient } from "./admin-client.ts";
import { type CliAction, cliActions, findAction } from "./cli-actions.ts";
import { Console } from "./console.ts";
import { runMenu } from "./menu.ts";
import { runAction } from "./run-action.ts";

/** Where the node is. */
export const cliConnectionFlags: readonly FlagSpec[] = [
  text("http", "7935", "port of the node's -cliAddr"),
  text("host", "localhost", "host of the node's -cliAddr"),
  text("cliToken", "", "token of the node's -cliToken or -cliReadToken", { orFile: true, secret: true }),
];

/** Of the menu. */
export const cliMenuFlags: readonly FlagSpec[] = [
  int("loglevel", 4, "5 and above: requests are printed"),
  bool("version", false, "print the version and exit"),
  bool("yes", false, "send transactions without asking"),
];

/** Of every command. */
export const cliActionFlags: readonly FlagSpec[] = [
  bool("json", false, "print JSON"),
  bool("dry-run", false, "show what would be sent, with the fee of a transaction, and send nothing"),
  bool("yes", false, "send transactions without asking"),
];

const isHelp = (word: string | undefined) => /^(help|--?help|-h)$/.test(word ?? "");

/** `livepeer cli …`, also installed as `livepeer_cli`: the menu, or one command. */
export async function cliCommand(args: readonly string[]): Promise<void> {
  const at = commandAt(args);
  const word = args[at];
  if (isHelp(args[0]) || isHelp(word)) {
    process.stdout.write(usage());
    return;
  }
  if (word === undefined) return openMenu(parse([...cliConnectionFlags, ...cliMenuFlags], args));
  const action = findAction(word);
  if (action === undefined)
    throw new LpError({ code: "bad_flag", message: `there is no command "${word}": see livepeer cli help` });
  const rest = args.slice(at + 1);
  if (rest.some(isHelp)) {
    process.stdout.write(actionUsage(action));
    return;
  }
  const before = args
    .slice(0, at)
    .filter((arg, i, all) => !/^--?loglevel/.test(arg) && !/^--?loglevel$/.test(all[i - 1] ?? ""));
  const specs = [...cliConnectionFlags, ...cliActionFlags, ...action.flags];
  await callAction(action, parse(specs, [...before, ...rest]));
}

/** Where the first word stands that is neither a flag nor its value. */
function commandAt(args: readonly string[]): number {
  const flags = new Map([...cliConnectionFlags, ...cliMenuFlags, ...cliActionFlags].map((spec) => [spec.name, spec]));
  let at = 0;
  for (let arg = args[at]; arg?.startsWith("-"); arg = args[at]) {
    const spec = flags.get(arg.replace(/^--?/, ""));
    at += spec !== undefined && spec.kind !== "bool" ? 2 : 1;
  }
  return at;
}

function parse(specs: readonly FlagSpec[], args: readonly string[]): FlagValues {
  const { LP_CLITOKEN } = process.env;
  return parseGoFlags(specs, { args, env: { LP_CLITOKEN }, readFile: readSmallFile });
}

function connect(flags: FlagValues, onCall?: (line: string) => void): AdminClient {
  const token = flags.get("cliToken") || undefined;
  return new AdminClient({ host: flags.get("host"), port: flags.get("http"), token }, onCall);
}

async function openMenu(flags: FlagValues): Promise<void> {
  if (flags.bool("version")) {
    process.stdout.write(versionText());
    return;
  }
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const console = new Console(process.stdin, (text) => void process.stdout.write(text));
  try {
    await runMenu(connect(flags, flags.int("loglevel") >= 5 ? tell : undefined), console, !flags.bool("yes"));
  } finally {
    console.close();
  }
}

async function callAction(action: CliAction, flags: FlagValues): Promise<void> {
  let asking: Console | undefined;
  try {
    await runAction(action, flags, connect(flags), {
      print: (text) => void process.stdout.write(`${text}\n`),
      tell: (line) => void process.stderr.write(`${line}\n`),
      confirm: async (question) => {
        asking ??= new Console(process.stdin, (text) => void process.stderr.write(text));
        try {
          return await asking.askYesNo(question);
        } catch (error) {
          if (hasErrorCode(error, "input_ended")) return false;
          throw error;
        }
      },
    });
  } catch (error) {
    if (!flags.bool("json") || !(error instanceof LpError)) throw error;
    const { code, message, details } = error;
    process.stdout.write(`${adminJson({ error: { code, message, details } })}\n`);
    process.exitCode = code === "bad_flag" ? 2 : 1;
  } finally {
    asking?.close();
  }
}

function usage(): string {
  const rows = (specs: readonly FlagSpec[]) =>
    specs.map(
      ({ name, help, fallback }) =>
        `  -${name.padEnd(10)} ${help}${fallback === "" || fallback === "false" ? "" : ` (${fallback})`}`,
    );
  return `${[
    "livepeer cli [flags]             a menu for a node, in go-livepeer's manner (also livepeer_cli)",
    "livepeer cli [flags] <command>   one call",
    "",
    ...rows([...cliConnectionFlags, ...cliMenuFlags]),
    "",
    "Commands (livepeer cli <command> --help lists their flags):",
    ...cliActions.map(({ name, route }) => `  ${name.padEnd(38)} ${route.summary}`),
  ].join("\n")}\n`;
}

function actionUsage({ name, route, flags }: CliAction): string {
  const rows = [...flags, ...cliActionFlags, ...cliConnectionFlags].map(
    (spec) => `  --${spec.name.padEnd(18)} ${spec.help}`,
  );
  return `livepeer cli ${name} [flags]: ${route.summary}\n\n${rows.join("\n")}\n`;
}
