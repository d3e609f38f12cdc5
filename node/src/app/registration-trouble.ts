import { readFile } from "node:fs/promises";
import { LpError } from "@livepeer-ts/kernel";
import { type RegisteredApp, RegistrationError } from "@livepeer-ts/sdk/app";

/** On a chain orchestrators take apps with a price in dollars only. Throws `app_price`. */
export function requirePrice({ name, price }: RegisteredApp): void {
  if (price?.currency === "usd" && Number(price.amount) > 0) return;
  const problem = price === undefined ? "has no price" : `has the price ${price.amount} ${price.currency}`;
  throw new LpError({
    code: "app_price",
    message: `${name} ${problem}, and orchestrators on a chain take apps with a price in usd above 0 only: give it one, such as 0.001 usd per request (without a chain: --off-chain)`,
  });
}

/** Why an orchestrator does not take an app, and what to do. */
export function registrationTrouble(error: unknown, url: string): LpError {
  const status = error instanceof RegistrationError ? error.status : undefined;
  const said = (error as Error).message;
  return new LpError({ code: "app_not_registered", message: troubleText(status, said, url), cause: error });
}

function troubleText(status: number | undefined, said: string, url: string): string {
  if (status === undefined) return `${said}: is the orchestrator running there, and may this machine reach it?`;
  if (status === 401) return `${url} does not know this secret: --secret names a file with its -orchSecret`;
  if (status === 400 && said.includes("price_info"))
    return `${url} works on a chain and wants a price in usd above 0: give the app one, such as 0.001 usd per request`;
  if (status === 404) return `${url} takes no apps: it has to run with -useLiveRunners and -orchSecret (${said})`;
  return said;
}

/** The secret in a file. Throws `bad_flag`. */
export async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new LpError({ code: "bad_flag", message: `--secret names a file that cannot be read: ${error.message}` });
  });
  const secret = text.trim();
  if (secret !== "") return secret;
  throw new LpError({
    code: "bad_flag",
    message: `--secret: ${path} is empty, but should hold the orchestrator's -orchSecret`,
  });
}
