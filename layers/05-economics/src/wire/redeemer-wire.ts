import { type Address, checksumAddress } from "@livepeer-ts/kernel";

/** Header that carries the secret, as a bearer token. go-livepeer sends none. */
export const redeemerSecretHeader = "authorization";

/** Refusals of the redeemer's service, as gRPC status messages. */
export const redeemerRefusals = {
  /** PermissionDenied; the text is go-livepeer's. */
  recipient: (recipient: Address, expected: Address) =>
    `invalid ticket recipient ${checksumAddress(recipient)}, expected ${checksumAddress(expected)}`,
  /** Unauthenticated. */
  secret: "this redeemer wants a secret: start the orchestrator with the same -redeemerSecret",
  /** ResourceExhausted. */
  queueFull: (limit: number) => `${limit} winning tickets wait here already: try again after some were redeemed`,
  monitorsFull: (limit: number) => `${limit} senders are watched here already: ask with MaxFloat instead`,
  /** InvalidArgument; `what` is wrong with the ticket. */
  ticket: (what: string) => `the ticket cannot be redeemed: ${what}`,
} as const;
