import { LpError } from "@livepeer-ts/kernel";
import { nearestName } from "../flags/suggest.ts";
import { type AppCommand, optionWords, readAppCall } from "./app-option.ts";
import { callCommand } from "./call-command.ts";
import { devCommand } from "./dev-command.ts";
import { initCommand } from "./init-command.ts";
import { listCommand } from "./list-command.ts";
import { registerCommand } from "./register-command.ts";

/** The commands by name, in the order in which a developer needs them. */
export const appCommands: Readonly<Record<string, AppCommand>> = {
  init: initCommand,
  dev: devCommand,
  register: registerCommand,
  call: callCommand,
  list: listCommand,
};

const usage = `livepeer app <command>

${Object.entries(appCommands)
  .map(([name, { words, help }]) => `  ${`${name} ${words}`.padEnd(28)} ${help}`)
  .join("\n")}

livepeer app <command> --help says more.
`;

const isHelp = (word: string | undefined) => word === "help" || word === "--help" || word === "-h";

function helpOf(name: string, { words, about, options }: AppCommand): string {
  const width = Math.max(...options.map((option) => optionWords(option).length));
  const rows = options.map((option) => `  ${optionWords(option).padEnd(width)}  ${option.help}`);
  return `livepeer app ${name} ${words}\n\n${about}\n\n${rows.join("\n")}\n`;
}

/** `livepeer app …`. */
export async function appCommand(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || isHelp(name)) {
    process.stdout.write(usage);
    return;
  }
  const command = Object.hasOwn(appCommands, name) ? appCommands[name] : undefined;
  if (command === undefined) {
    const names = Object.keys(appCommands);
    const meant = nearestName(name, names);
    throw new LpError({
      code: "bad_flag",
      message: `there is no command "app ${name}": ${meant === undefined ? `it is one of ${names.join(", ")}` : `"app ${meant}"?`}`,
    });
  }
  if (rest.some(isHelp)) process.stdout.write(helpOf(name, command));
  else await command.run(readAppCall(name, command, rest));
}
