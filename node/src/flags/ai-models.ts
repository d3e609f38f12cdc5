import { type RunnerKind, type RunnerSpec, runnerKinds } from "@livepeer-ts/compute";
import { type PriceFlag, parsePriceFlag } from "@livepeer-ts/economics";
import { aiPipeline, aiPipelines } from "@livepeer-ts/execution";
import { type Address, errorText, LpError, toAddress } from "@livepeer-ts/kernel";
import { badFlag } from "./flag-value.ts";

/** One entry of `-aiModels`, checked. */
export type AiModel = {
  readonly spec: RunnerSpec;
  /** Whose price it is; undefined: everybody's without one of their own. */
  readonly gateway: Address | undefined;
  /** Undefined: `-pricePerUnit`. */
  readonly price: PriceFlag | undefined;
};

/** An entry as it was written. */
export type Fields = Readonly<Record<string, unknown>>;

const known = [
  ...["pipeline", "model_id", "url", "token", "warm", "capacity", "optimization_flags", "gateway"],
  ...["price_per_unit", "pixels_per_unit", "currency", "driver", "command"],
];
/** Numbers that are taken as they are written: a binary fraction is not a price. */
const priceFields: ReadonlySet<string> = new Set(["price_per_unit", "pixels_per_unit"]);
export const maxCapacity = 1024;
const maxEntries = 1024;

/**
 * Reads `-aiModels`: a JSON array with an object for each model, or `pipeline:model_id:warm,…`. Throws `bad_flag` with one sentence that
 * names the entry. `pixelsPerUnit`: for prices that name none.
 */
export function parseAiModels(text: string, pixelsPerUnit: string): readonly AiModel[] {
  const written = text.trim();
  const entries = written.startsWith("[") ? jsonEntries(written) : inlineEntries(written);
  if (entries.length === 0) throw badFlag("-aiModels names no model");
  if (entries.length > maxEntries) throw badFlag(`-aiModels has more than ${maxEntries} entries`);
  const models = entries.map((entry, i) => readEntry(entry, `-aiModels entry ${i + 1}`, pixelsPerUnit));
  refuseDoubles(models);
  return models;
}

/** The entries of the JSON form. Throws `bad_flag`. */
export function jsonEntries(text: string): readonly unknown[] {
  const asWritten = (name: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" && priceFields.has(name) ? (context?.source ?? String(value)) : value;
  try {
    // the text of a number comes as a third argument, which the types do not know yet
    return JSON.parse(text, asWritten as (name: string, value: unknown) => unknown) as unknown[];
  } catch {
    // what the parser says repeats the text, which may hold a token
    throw badFlag("-aiModels is no JSON: write an array with an object for each model");
  }
}

/** A model id may have colons: what stands between the first and the last is the id. */
function inlineEntries(text: string): readonly Fields[] {
  return text.split(",").map((part, i) => {
    const [, pipeline, model_id, warm] = /^\s*([^:]+):(.+):([^:]+?)\s*$/.exec(part) ?? [];
    if (pipeline === undefined)
      throw badFlag(
        `-aiModels is no file that can be read, and part ${i + 1} of it is not pipeline:model_id:warm: write for example text-to-image:stabilityai/sdxl-turbo:true`,
      );
    const isWarm =
      warm === "warm" ? true : warm === "cold" ? false : warm === "true" ? true : warm === "false" ? false : warm;
    return { pipeline, model_id, warm: isWarm };
  });
}

function readEntry(entry: unknown, start: string, pixelsPerUnit: string): AiModel {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) throw badFlag(`${start} is no object`);
  const fields = entry as Fields;
  const text = (name: string): string => {
    const value = fields[name] ?? "";
    if (typeof value === "string") return value;
    throw badFlag(`${start}: "${name}" must be text in quotes`);
  };
  const pipeline = text("pipeline");
  if (aiPipeline(pipeline) === undefined)
    throw badFlag(
      `${start}: the pipeline "${pipeline.slice(0, 80)}" is not known: write one of ${aiPipelines.map(({ name }) => name).join(", ")}`,
    );
  const modelId = text("model_id");
  if (modelId === "") throw badFlag(`${start}: "model_id" is missing`);
  const where = `${start} (${pipeline} ${modelId.slice(0, 80)})`;
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badFlag(`${where}: there is no setting "${unknown.slice(0, 80)}": write one of ${known.join(", ")}`);
  const url = text("url");
  const command = commandOf(fields["command"], where);
  const driver = driverOf(text("driver"), url, command, where);
  const isWarm = fields["warm"] ?? false;
  if (typeof isWarm !== "boolean") throw badFlag(`${where}: "warm" must be true or false`);
  const capacity = fields["capacity"] ?? 1;
  if (typeof capacity !== "number" || !Number.isInteger(capacity) || capacity < 1 || capacity > maxCapacity)
    throw badFlag(`${where}: "capacity" must be a whole number from 1 to ${maxCapacity}`);
  const token = text("token") || undefined;
  return {
    spec: {
      ...{ pipeline, modelId, driver, isWarm, capacity, command },
      optimizationFlags: flagsOf(fields["optimization_flags"], where),
      external: driver === "external" ? { url: baseUrl(url, where), token } : undefined,
    },
    gateway: gatewayOf(text("gateway"), where),
    price: priceOf(fields, text("currency"), pixelsPerUnit, where),
  };
}

function driverOf(written: string, url: string, command: readonly string[], where: string): RunnerKind {
  const fitting = url !== "" ? "external" : command.length > 0 ? "process" : "docker";
  const driver = written === "" ? fitting : runnerKinds.find((kind) => kind === written);
  if (driver === undefined)
    throw badFlag(`${where}: the driver "${written.slice(0, 80)}" is not known: write ${runnerKinds.join(", ")}`);
  if (url !== "" && driver !== "external")
    throw badFlag(`${where}: "url" is for runners that answer already: leave it out, or write "driver":"external"`);
  if (command.length > 0 && driver !== "process")
    throw badFlag(`${where}: "command" is for runners that are processes: leave it out, or write "driver":"process"`);
  if (driver === "external" && url === "") throw badFlag(`${where}: a runner that answers already needs its "url"`);
  if (driver === "process" && command.length === 0)
    throw badFlag(`${where}: a runner that is a process needs its "command", for example ["python","serve.py"]`);
  return driver;
}

function commandOf(value: unknown, where: string): readonly string[] {
  if (value === undefined) return [];
  const isCommand = Array.isArray(value) && value.every((word) => typeof word === "string" && !word.includes("\0"));
  if (!isCommand || value[0] === "")
    throw badFlag(
      `${where}: "command" must be an array of texts, the program first, for example ["python","serve.py"]`,
    );
  return value as string[];
}

function baseUrl(url: string, where: string): string {
  const isHttp = /^https?:\/\//.test(url) && URL.canParse(url);
  // its text is not repeated: it may hold a key
  if (!isHttp || new URL(url).search !== "" || new URL(url).hash !== "")
    throw badFlag(`${where}: "url" must start with http:// or https:// and have no query`);
  return url.replace(/\/+$/, "");
}

const flagName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that say how a runner is started, not what it does. */
const reserved: ReadonlySet<string> = new Set([
  "PIPELINE",
  "MODEL_ID",
  "MODEL_DIR",
  "AUTH_TOKEN",
  "HOST",
  "PORT",
  "PATH",
]);

function flagsOf(value: unknown, where: string): RunnerSpec["optimizationFlags"] {
  if (value === undefined) return {};
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isObject ? Object.entries(value) : [];
  const isRight = entries.every(
    ([name, one]) =>
      flagName.test(name) && (typeof one === "boolean" || (typeof one === "string" && !one.includes("\0"))),
  );
  if (!isObject || !isRight)
    throw badFlag(`${where}: "optimization_flags" must be an object whose values are texts, true or false`);
  const taken = entries.find(([name]) => reserved.has(name));
  if (taken !== undefined) throw badFlag(`${where}: "optimization_flags" may not set ${taken[0]}: the node does`);
  return Object.fromEntries(entries) as RunnerSpec["optimizationFlags"];
}

/** Whose price it is. Throws `bad_flag`. */
export function gatewayOf(text: string, where: string): Address | undefined {
  if (text === "" || text === "default") return undefined;
  try {
    return toAddress(text);
  } catch (cause) {
    throw badFlag(`${where}: "gateway" must be an account or default (${errorText(cause)})`);
  }
}

/** The price of an entry; undefined without. Throws `bad_flag`. */
export function priceOf(fields: Fields, currency: string, pixelsPerUnit: string, where: string): PriceFlag | undefined {
  const text = (name: string) => {
    const value = fields[name] ?? "";
    if (typeof value === "string") return value.trim();
    throw badFlag(`${where}: "${name}" must be a number`);
  };
  const price = text("price_per_unit");
  if (price === "") {
    if (currency !== "" || text("pixels_per_unit") !== "")
      throw badFlag(`${where}: "currency" and "pixels_per_unit" need a "price_per_unit"`);
    return undefined;
  }
  const ownUnits = text("pixels_per_unit");
  const units = ownUnits || pixelsPerUnit;
  if (ownUnits !== "" && !/^0*[1-9]\d{0,40}$/.test(ownUnits))
    throw badFlag(`${where}: "pixels_per_unit" must be a whole number above 0`);
  try {
    const own = parsePriceFlag(price, units, '"price_per_unit"');
    if (own.currency === "" || currency === "" || own.currency === currency.toUpperCase())
      return own.currency !== "" || currency === "" ? own : parsePriceFlag(`${price}${currency}`, units, '"currency"');
  } catch (cause) {
    if (!(cause instanceof LpError)) throw cause;
    throw badFlag(`${where}: ${cause.message}`);
  }
  throw badFlag(`${where}: "price_per_unit" is in another currency than "currency" says: leave one of them out`);
}

/** The same model loaded and not loaded is a slip of the pen; so are two prices for the same gateway. */
function refuseDoubles(models: readonly AiModel[]): void {
  const seen = new Map<string, AiModel>();
  const prices = new Map<string, PriceFlag>();
  for (const model of models) {
    const { pipeline, modelId, isWarm } = model.spec;
    const name = `${pipeline} ${modelId.slice(0, 80)}`;
    const before = seen.get(`${pipeline}/${modelId}`);
    if (before !== undefined && before.spec.isWarm !== isWarm)
      throw badFlag(`-aiModels has ${name} both warm and cold: write "warm" the same in all its entries`);
    seen.set(`${pipeline}/${modelId}`, model);
    if (model.price === undefined) continue;
    const key = `${pipeline}/${modelId}/${model.gateway ?? "default"}`;
    const price = prices.get(key);
    if (price !== undefined && JSON.stringify(asText(price)) !== JSON.stringify(asText(model.price)))
      throw badFlag(`-aiModels has two prices of ${name} for ${model.gateway ?? "all gateways"}: leave one out`);
    prices.set(key, model.price);
  }
}

function asText({ amount, currency, pixelsPerUnit }: PriceFlag): readonly string[] {
  return [amount.num, amount.den, pixelsPerUnit.num, pixelsPerUnit.den].map(String).concat(currency);
}

/** What has to run: entries that only add a price for a gateway start nothing more. */
export function runnerSpecs(models: readonly AiModel[]): readonly RunnerSpec[] {
  const specs = new Map<string, RunnerSpec>();
  for (const { spec } of models) {
    const { pipeline, modelId, driver, command, external } = spec;
    const key = JSON.stringify([pipeline, modelId, driver, command, external?.url]);
    if (!specs.has(key)) specs.set(key, spec);
  }
  return [...specs.values()];
}
