import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { sameSecret } from "@livepeer-ts/kernel";
import { registrationErrors } from "../wire/transcoder-wire.ts";

/** A worker's registration as its connection holds it. */
export type HeldRegistration<Notice> = { readonly notices: AsyncIterable<Notice>; leave(): void };

/** Throws the protocol's refusals of a worker that does not know the secret, or has no place for work. */
export function checkRegistration(secret: string, expected: string, hasCapacity: () => boolean): void {
  if (!sameSecret(secret, expected)) throw new ConnectError(registrationErrors.secret, Code.Unknown);
  if (!hasCapacity()) throw new ConnectError(registrationErrors.capacity, Code.Unknown);
}

/** Tells a worker about work until its connection or the registration ends; the registration is left then. */
export async function* noticesUntilGone<Notice>(
  registration: HeldRegistration<Notice>,
  { signal }: Pick<HandlerContext, "signal">,
): AsyncGenerator<Notice> {
  const onGone = () => registration.leave();
  signal.addEventListener("abort", onGone, { once: true });
  try {
    if (!signal.aborted) yield* registration.notices;
  } finally {
    signal.removeEventListener("abort", onGone);
    registration.leave();
  }
}
