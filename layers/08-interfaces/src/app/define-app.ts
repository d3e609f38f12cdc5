import type { AppInput, AppValues } from "./app-input.ts";

/** What work costs. `per` second of a call, begun ones in full, or per call. */
export type AppPrice = {
  /** A decimal number, as text so that no digit is lost. */
  readonly amount: string;
  readonly currency: "usd" | "wei";
  readonly per: "second" | "request";
};

/** What a function is given beside its inputs. */
export type AppCall = {
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the work is, 0 to 1, where it listens. */
  progress(share: number, what?: string): void;
};

/** Media as the whole answer. */
export type AppMedia = { readonly mediaType: string; readonly bytes: Uint8Array };

export type AppResult = AppMedia | Readonly<Record<string, unknown>> | readonly unknown[] | string | number | boolean;

/** An app: a function with typed inputs that others can call and pay. */
export type App<Inputs extends Readonly<Record<string, AppInput>> = Readonly<Record<string, AppInput>>> = {
  /** Under which it is called: letters, digits, `-`, `_`, `.` and `/`. */
  readonly name: string;
  readonly about?: string;
  readonly version?: string;
  readonly inputs: Inputs;
  /** Undefined: free. */
  readonly price?: AppPrice;
  /** Calls at once; further ones are answered with 503. Default 1. */
  readonly capacity?: number;
  /** Seconds after which a call is ended. Default 300. */
  readonly timeoutSeconds?: number;
  /** Called once before the first call, to load what takes long. Until it is done the app is not healthy. */
  readonly load?: () => Promise<void>;
  /** One answer, or a series of pieces that reach the caller as they come. */
  readonly run: (inputs: AppValues<Inputs>, call: AppCall) => Promise<AppResult> | AppResult | AsyncIterable<AppResult>;
};

/** An app whatever its inputs are. */
export type AnyApp = Omit<App, "run"> & {
  readonly run: (inputs: never, call: AppCall) => Promise<AppResult> | AppResult | AsyncIterable<AppResult>;
};

const namePattern = /^[A-Za-z0-9][\w./-]{0,127}$/;
const pricePattern = /^\d{1,30}(\.\d{1,18})?$/;

/** Checks an app's description. Throws an error that says what to change. */
export function defineApp<const Inputs extends Readonly<Record<string, AppInput>>>(app: App<Inputs>): App<Inputs> {
  checkAppTerms(app);
  return app;
}

/** Checks what an app is offered as. Throws an error that says what to change. */
export function checkAppTerms({
  name,
  capacity = 1,
  timeoutSeconds = 300,
  price,
}: {
  readonly name: string;
  readonly capacity?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly price?: AppPrice | undefined;
}): void {
  if (!namePattern.test(name)) {
    throw new Error(`"${name}" cannot be an app's name: use letters, digits, "-", "_", "." and "/", at most 128`);
  }
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new Error(`capacity ${capacity} must be a whole number from 1`);
  if (!(timeoutSeconds > 0)) throw new Error(`timeoutSeconds ${timeoutSeconds} must be above 0`);
  if (price === undefined) return;
  if (!pricePattern.test(price.amount)) {
    throw new Error(`the price "${price.amount}" must be a decimal number such as "0.002"`);
  }
  if (price.currency === "wei" && price.amount.includes(".")) throw new Error("a price in wei must be a whole number");
}
