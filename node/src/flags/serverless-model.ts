import type { PriceFlag } from "@livepeer-ts/economics";
import { serverlessWire } from "@livepeer-ts/execution";
import type { Address } from "@livepeer-ts/kernel";
import { type Fields, gatewayOf, jsonEntries, maxCapacity, priceOf } from "./ai-models.ts";
import { badFlag } from "./flag-value.ts";

/** The one entry of `-aiModels` with `-aiServerless`. */
export type ServerlessModel = {
  /** ws or wss; may hold a key. */
  readonly url: string;
  readonly capacity: number;
  readonly gateway: Address | undefined;
  /** Undefined: `-pricePerUnit`. */
  readonly price: PriceFlag | undefined;
};

const known = [
  ...["pipeline", "model_id", "url", "capacity", "warm", "gateway"],
  ...["price_per_unit", "pixels_per_unit", "currency"],
];
const { pipeline, model } = serverlessWire;
const example = `[{"pipeline":"${pipeline}","model_id":"${model}","url":"wss://…","capacity":1}]`;

/** Reads it. Throws `bad_flag` with one sentence. `pixelsPerUnit`: for a price that names none. */
export function parseServerlessModel(text: string, pixelsPerUnit: string): ServerlessModel {
  const written = text.trim();
  if (!written.startsWith("[")) throw badFlag(`-aiServerless needs -aiModels as JSON with one entry: ${example}`);
  const entries = jsonEntries(written);
  const [entry] = entries;
  if (entries.length !== 1 || typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw badFlag(`-aiServerless needs exactly one entry in -aiModels, this one has ${entries.length}: ${example}`);
  const fields = entry as Fields;
  const where = "-aiModels entry 1";
  if (fields["pipeline"] !== pipeline || fields["model_id"] !== model)
    throw badFlag(`${where}: -aiServerless serves the pipeline "${pipeline}" with the model "${model}" only`);
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badFlag(
      `${where}: there is no setting "${unknown.slice(0, 80)}" with -aiServerless: write one of ${known.join(", ")}`,
    );
  const { url, capacity, gateway = "", currency = "" } = fields;
  if (typeof url !== "string" || !/^wss?:\/\//.test(url) || !URL.canParse(url) || new URL(url).hash !== "")
    throw badFlag(`${where}: "url" must be a WebSocket that starts with ws:// or wss://`);
  if (typeof capacity !== "number" || !Number.isInteger(capacity) || capacity < 1 || capacity > maxCapacity)
    throw badFlag(`${where}: -aiServerless needs a "capacity", a whole number from 1 to ${maxCapacity}`);
  if (typeof gateway !== "string" || typeof currency !== "string")
    throw badFlag(`${where}: "gateway" and "currency" must be text in quotes`);
  return { url, capacity, gateway: gatewayOf(gateway, where), price: priceOf(fields, currency, pixelsPerUnit, where) };
}
