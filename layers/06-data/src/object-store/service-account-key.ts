import { LpError } from "@livepeer-ts/kernel";
import { SecretText } from "./secret-text.ts";

/** What is used of a Google service account's JSON key. */
export type ServiceAccountKey = {
  readonly clientEmail: string;
  readonly privateKeyId: string | undefined;
  /** PEM text. */
  readonly privateKey: SecretText;
  /** Where tokens are given out. */
  readonly tokenUri: string;
};

const maxKeyBytes = 64 * 1024;
const defaultTokenUri = "https://oauth2.googleapis.com/token";

function bad(what: string): LpError {
  return new LpError({
    code: "service_account_key_bad",
    message: `the Google service account's key ${what}: use the JSON file as it was downloaded`,
  });
}

/** Reads a service account's JSON key. Throws `service_account_key_bad`; the message never repeats the key. */
export function parseServiceAccountKey(json: string): ServiceAccountKey {
  if (json.length > maxKeyBytes) throw bad(`is larger than ${maxKeyBytes} bytes`);
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    throw bad("is no JSON");
  }
  if (typeof fields !== "object" || fields === null) throw bad("is no JSON object");
  const text = (name: string): string | undefined => {
    const value = (fields as Record<string, unknown>)[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const clientEmail = text("client_email");
  const privateKey = text("private_key");
  if (clientEmail === undefined) throw bad("has no client_email");
  if (privateKey === undefined) throw bad("has no private_key");
  const tokenUri = text("token_uri") ?? defaultTokenUri;
  if (!URL.canParse(tokenUri) || !/^https?:$/.test(new URL(tokenUri).protocol))
    throw bad("has a token_uri that is no URL");
  return { clientEmail, privateKeyId: text("private_key_id"), privateKey: new SecretText(privateKey), tokenUri };
}
