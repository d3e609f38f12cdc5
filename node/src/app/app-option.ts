import { parseArgs } from "node:util";
import { LpError } from "@livepeer-ts/kernel";

/** One option of a command below `livepeer app`. */
export type AppOption = {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly multiple?: true;
  readonly help: string;
};

/** What was typed after the command's name. */
export type AppCall = {
  readonly words: readonly string[];
  /** The value of an option; undefined when it was not given. */
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  has(name: string): boolean;
};

/** One command below `livepeer app`. */
export type AppCommand = {
  /** What stands behind its name in the help, without options. */
  readonly words: string;
  /** Whether something stands there at all. */
  readonly takesWord: boolean;
  /** One line. */
  readonly help: string;
  /** More, for its own help. */
  readonly about: string;
  readonly options: readonly AppOption[];
  readonly run: (call: AppCall) => Promise<void>;
};

/** Reads a command's arguments. Throws `bad_flag`. */
export function readAppCall(name: string, command: AppCommand, args: readonly string[]): AppCall {
  let parsed: { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        command.options.map(({ name: option, short, value, multiple }) => [
          option,
          {
            type: value === undefined ? ("boolean" as const) : ("string" as const),
            ...(short === undefined ? {} : { short }),
            ...(multiple ? { multiple } : {}),
          },
        ]),
      ),
    });
  } catch (error) {
    const [what = ""] = (error as Error).message.split(". To specify");
    throw badCall(name, what.replace(/\.$/, ""));
  }
  const { values, positionals } = parsed;
  const tooMuch = positionals[command.takesWord ? 1 : 0];
  if (tooMuch !== undefined) throw badCall(name, `"${tooMuch}" is too much`);
  return {
    words: positionals,
    text: (option) => values[option] as string | undefined,
    list: (option) => (values[option] ?? []) as string[],
    has: (option) => values[option] !== undefined,
  };
}

/** An error that leads to the command's help. */
export function badCall(name: string, what: string): LpError {
  return new LpError({ code: "bad_flag", message: `${what}: see livepeer app ${name} --help` });
}

/** `--name, -n VALUE`, as the help and the reference write it. */
export function optionWords({ name, short, value }: AppOption): string {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? names : `${names} ${value}`;
}
