import { LpError } from "@livepeer-ts/kernel";
import type { FlagSpec } from "../flags/flag-spec.ts";
import { type FlagValues, flagVariable, parseGoFlags } from "../flags/go-flags.ts";
import { accountsCommand } from "./accounts-command.ts";
import {
  accountsFlags,
  connectionFlags,
  deployFlags,
  fundFlags,
  paramsFlags,
  signingFlags,
  upgradeFlags,
} from "./chain-flags.ts";
import { type ChainResult, toJson } from "./chain-result.ts";
import { deployCommand } from "./deploy-command.ts";
import { fundCommand } from "./fund-command.ts";
import { paramsCommand } from "./params-command.ts";
import { pauseCommand } from "./pause-command.ts";
import { roundCommand } from "./round-command.ts";
import { statusCommand } from "./status-command.ts";
import { upgradeCommand } from "./upgrade-command.ts";

/** A call of one of the commands. */
export type ChainCall = {
  readonly flags: FlagValues;
  /** What stands between the command and its flags. */
  readonly words: readonly string[];
  /** Tells a person what is about to be done. */
  readonly say: (line: string) => void;
};

/** One command below `livepeer chain`. */
export type ChainCommand = {
  readonly help: string;
  readonly flags: readonly FlagSpec[];
  /** Words it takes before its flags. */
  readonly words?: string;
  readonly run: (call: ChainCall) => Promise<ChainResult>;
};

/** The commands by name. */
export const chainCommands: Readonly<Record<string, ChainCommand>> = {
  deploy: {
    help: "deploy the contracts, or go on with a deployment that stopped",
    flags: [...deployFlags, ...signingFlags],
    run: deployCommand,
  },
  status: { help: "what is deployed, who owns it, whether it runs", flags: [], run: statusCommand },
  accounts: { help: "what accounts own", flags: accountsFlags, run: accountsCommand },
  fund: {
    help: "give an account ether, LPT, a deposit or a reserve",
    flags: [...fundFlags, ...signingFlags],
    run: fundCommand,
  },
  params: {
    help: "what the protocol runs by, and changing it",
    flags: [...paramsFlags, ...signingFlags],
    run: paramsCommand,
  },
  pause: { help: "stop the protocol", flags: signingFlags, run: pauseCommand("pause") },
  unpause: { help: "let the protocol run", flags: signingFlags, run: pauseCommand("unpause") },
  round: {
    help: "the current round: show it, or initialize it",
    flags: signingFlags,
    words: "show|initialize",
    run: roundCommand,
  },
  upgrade: {
    help: "put this build's code behind a proxy",
    flags: [...upgradeFlags, ...signingFlags],
    run: upgradeCommand,
  },
};

function usageOf(name: string, { help, flags, words }: ChainCommand): string {
  const rows = [...flags, ...connectionFlags].map((spec) => `  --${spec.name.padEnd(16)} ${spec.help}`);
  return `livepeer chain ${name}${words === undefined ? "" : ` ${words}`} [flags]: ${help}\n\n${rows.join("\n")}\n`;
}

const usage = `livepeer chain <command> [flags]

${Object.entries(chainCommands)
  .map(([name, { help, words }]) => `  ${(words === undefined ? name : `${name} ${words}`).padEnd(24)} ${help}`)
  .join("\n")}

livepeer chain <command> --help lists its flags.
`;

const isHelp = (word: string | undefined) => word === "help" || word === "--help" || word === "-h";

/** `livepeer chain …`: prints what a command found, or with `--json` also why it failed. */
export async function chainCommand(args: readonly string[]): Promise<void> {
  const { text, exitCode } = await runChainCommand(args, (line) => process.stderr.write(`  ${line}\n`));
  process.stdout.write(text);
  process.exitCode = exitCode;
}

/** Runs a command. Without `--json` a failure rejects; with it the failure is the text. */
export async function runChainCommand(
  args: readonly string[],
  say: (line: string) => void,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const [name, ...rest] = args;
  if (name === undefined || isHelp(name)) return { text: usage, exitCode: 0 };
  const command = Object.hasOwn(chainCommands, name) ? chainCommands[name] : undefined;
  if (command === undefined) {
    throw new LpError({
      code: "bad_flag",
      message: `there is no command "chain ${name}": it is one of ${Object.keys(chainCommands).join(", ")}`,
    });
  }
  if (rest.some(isHelp)) return { text: usageOf(name, command), exitCode: 0 };
  if (!wantsJson(rest)) {
    const { lines } = await callCommand(name, command, rest, say);
    return { text: `${lines.join("\n")}\n`, exitCode: 0 };
  }
  try {
    const { data } = await callCommand(name, command, rest, () => {});
    return { text: `${toJson(data)}\n`, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof LpError)) throw error;
    const { code, message, details, retryable } = error;
    const text = `${toJson({ error: { code, message, details, retryable } })}\n`;
    return { text, exitCode: code === "bad_flag" ? 2 : 1 };
  }
}

/** Known before the flags are read, since those may be what is wrong. */
function wantsJson(args: readonly string[]): boolean {
  const given = args.findLast((word) => /^--?json(=|$)/.test(word));
  const value = given === undefined ? (process.env[flagVariable("json")] ?? "false") : (given.split("=")[1] ?? "true");
  return /^(1|t|true)$/i.test(value);
}

async function callCommand(
  name: string,
  command: ChainCommand,
  args: readonly string[],
  say: (line: string) => void,
): Promise<ChainResult> {
  const firstFlag = args.findIndex((word) => word.startsWith("-"));
  const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
  if (words.length > (command.words === undefined ? 0 : 1)) {
    throw new LpError({
      code: "bad_flag",
      message: `"${words.at(-1)}" is not understood: see livepeer chain ${name} --help`,
    });
  }
  const flags = parseGoFlags([...connectionFlags, ...command.flags], {
    args: args.slice(words.length),
    env: process.env,
    readFile: () => undefined,
  });
  return command.run({ flags, words, say });
}
