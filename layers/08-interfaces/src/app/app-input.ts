/** A file that a caller sends. */
export type AppFile = { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array };

type Common<T> = {
  /** Said to people and agents. */
  readonly about?: string;
  /** Makes the input optional. */
  readonly default?: T;
};

/** One input of an app: what callers may send, and what the function gets. */
export type AppInput<T = unknown> = Common<T> & {
  readonly type: "text" | "number" | "boolean" | "choice" | "file";
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  readonly choices?: readonly string[];
  readonly mediaTypes?: readonly string[];
  readonly maxBytes?: number;
  /** Never set; carries the type of the value. */
  readonly value?: T;
};

/** What a function gets for these inputs. */
export type AppValues<Inputs extends Readonly<Record<string, AppInput>>> = {
  readonly [Name in keyof Inputs]: Inputs[Name] extends AppInput<infer T> ? T : never;
};

/** A text of at most `maxLength` characters. Default 100000. */
export function text(options: Common<string> & { readonly maxLength?: number } = {}): AppInput<string> {
  return { maxLength: 100_000, ...options, type: "text" };
}

/** A number between `min` and `max`, both included. */
export function number(
  options: Common<number> & { readonly min?: number; readonly max?: number } = {},
): AppInput<number> {
  return { ...options, type: "number" };
}

export function boolean(options: Common<boolean> = {}): AppInput<boolean> {
  return { ...options, type: "boolean" };
}

/** One of the given words. */
export function choice<const Word extends string>(
  choices: readonly Word[],
  options: Common<NoInfer<Word>> = {},
): AppInput<Word> {
  return { ...options, type: "choice", choices };
}

/** A file of one of the media types (`image/*` takes all kinds) and at most `maxBytes`. Default 32 MiB. */
export function file(
  options: { readonly about?: string; readonly mediaTypes?: readonly string[]; readonly maxBytes?: number } = {},
): AppInput<AppFile> {
  return { maxBytes: 32 * 1024 * 1024, ...options, type: "file" };
}

/** What is wrong with a value, a sentence; undefined when nothing is. */
export function problemOf(name: string, input: AppInput, value: unknown): string | undefined {
  switch (input.type) {
    case "text":
      if (typeof value !== "string") return `${name} must be a text`;
      if (value.length > (input.maxLength ?? Number.POSITIVE_INFINITY))
        return `${name} is longer than ${input.maxLength} characters`;
      return undefined;
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return `${name} must be a number`;
      if (input.min !== undefined && value < input.min) return `${name} must be ${input.min} or more`;
      if (input.max !== undefined && value > input.max) return `${name} must be ${input.max} or less`;
      return undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : `${name} must be true or false`;
    case "choice":
      return input.choices?.includes(value as string) === true
        ? undefined
        : `${name} must be one of ${input.choices?.join(", ")}`;
    case "file":
      return fileProblem(name, input, value);
  }
}

function fileProblem(name: string, input: AppInput, value: unknown): string | undefined {
  const { bytes, mediaType } = (value ?? {}) as Partial<AppFile>;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return `${name} must be a file`;
  if (bytes.length > (input.maxBytes ?? Number.POSITIVE_INFINITY))
    return `${name} is larger than ${input.maxBytes} bytes`;
  const allowed = input.mediaTypes;
  const fits = (pattern: string) =>
    pattern.endsWith("/*") ? mediaType?.startsWith(pattern.slice(0, -1)) : mediaType === pattern;
  return allowed === undefined || allowed.some(fits)
    ? undefined
    : `${name} must be ${allowed.join(" or ")}, not ${mediaType || "of an unknown kind"}`;
}

/** The value of a form's text; text that is none of the input's type stays text, which then does not fit. */
export function fromFormText(input: AppInput, value: string): unknown {
  if (input.type === "number") return value.trim() === "" ? value : Number(value);
  if (input.type === "boolean") return value === "true" ? true : value === "false" ? false : value;
  return value;
}
