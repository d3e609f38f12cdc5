import { utf8 } from "@livepeer-ts/kernel";
import { decodeBase64, encodeBase64 } from "../../wire/base64.ts";
import { byocWire } from "./byoc-wire.ts";

/** What the `Livepeer` header says of a job. */
export type ByocJob = {
  readonly id: string;
  /** JSON text; part of what is signed. */
  readonly request: string;
  /** JSON text; part of what is signed. */
  readonly parameters: string;
  readonly capability: string;
  readonly capabilityUrl: string;
  readonly sender: string;
  readonly signature: string;
  readonly timeoutSec: number;
};

/** Longest time that a job may ask for, s. */
export const maxTimeoutSec = 3600;
/** Fallback when a header's base64 or JSON is damaged. */
const unreadable = "the header is no base64 of a JSON object";

/** What is wrong with a header, in the words that clients know. */
export class JobHeaderFault extends Error {}

/** Reads the header of a job. Throws `JobHeaderFault`. */
export function readJobHeader(header: string | null): ByocJob {
  if (header === null || header.trim() === "") throw new JobHeaderFault(byocWire.text.jsonEnd);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(header.trim())));
  } catch {
    throw new JobHeaderFault(unreadable);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new JobHeaderFault(unreadable);
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const found = fields[name] ?? "";
    if (typeof found !== "string") throw new JobHeaderFault(`${name} must be text`);
    return found;
  };
  const timeoutSec = fields["timeout_seconds"] ?? 0;
  if (typeof timeoutSec !== "number" || !Number.isInteger(timeoutSec) || timeoutSec < 0)
    throw new JobHeaderFault("timeout_seconds must be a whole number of seconds");
  if (timeoutSec > maxTimeoutSec) throw new JobHeaderFault(`timeout_seconds must be at most ${maxTimeoutSec}`);
  return {
    id: text("id"),
    request: text("request"),
    parameters: text("parameters"),
    capability: text("capability"),
    capabilityUrl: text("capability_url"),
    sender: text("sender"),
    signature: text("sig"),
    timeoutSec,
  };
}

/** Value of the header. */
export function writeJobHeader(job: ByocJob): string {
  const fields = {
    id: job.id,
    request: job.request,
    parameters: job.parameters,
    capability: job.capability,
    capability_url: job.capabilityUrl,
    sender: job.sender,
    sig: job.signature,
    timeout_seconds: job.timeoutSec,
  };
  return encodeBase64(utf8(JSON.stringify(fields)));
}

/** What the sender of a job signs. */
export function jobSigningBytes(job: Pick<ByocJob, "request" | "parameters">): Uint8Array {
  return utf8(`${job.request}${job.parameters}`);
}

/** A JSON text of the header as an object; empty when it is none. */
export function jsonPart(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** The 65 bytes of a signature in hex, with or without `0x`; undefined for anything else. */
export function signatureBytes(hex: string): Uint8Array | undefined {
  const digits = hex.replace(/^0x/i, "");
  if (!/^[0-9a-fA-F]{130}$/.test(digits)) return undefined;
  return Uint8Array.from({ length: 65 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
