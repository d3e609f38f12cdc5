import { type Address, errorText, LpError } from "@livepeer-ts/kernel";
import type { RoundClock, SenderInfo } from "@livepeer-ts/protocol";
import type { SenderFloats } from "../ports/sender-floats.ts";
import type { PendingAmounts } from "../redemption/pending-amounts.ts";
import { ticketErrors } from "../wire/ticket-errors.ts";
import { maxFloat } from "./max-float.ts";

/** Where the funds of senders are known. */
export interface SenderFunds {
  cached(sender: Address): SenderInfo | undefined;
  info(sender: Address): Promise<SenderInfo>;
}

export type LocalFloatsDeps = {
  readonly senders: SenderFunds;
  readonly rounds: Pick<RoundClock, "current">;
  /** Face values that are spoken for already. */
  readonly pending: Pick<PendingAmounts, "get">;
};

/** Floats from this node's own view of the chain. */
export class LocalFloats implements SenderFloats {
  readonly #deps: LocalFloatsDeps;

  constructor(deps: LocalFloatsDeps) {
    this.#deps = deps;
  }

  async maxFloatWei(sender: Address): Promise<bigint> {
    const funds = await knownFunds(sender, this.#deps.senders);
    return maxFloat({
      reserveWei: funds.reserveWei,
      reserveClaimedWei: funds.reserveClaimedWei,
      claimedByMeWei: funds.claimedByMeWei,
      depositWei: funds.depositWei,
      poolSize: this.#deps.rounds.current().poolSize,
      pendingWei: this.#deps.pending.get(sender),
    });
  }
}

async function knownFunds(sender: Address, senders: SenderFunds): Promise<SenderInfo> {
  const known = senders.cached(sender);
  if (known !== undefined) return known;
  try {
    return await senders.info(sender);
  } catch (cause) {
    const { code, message } = ticketErrors.senderInfo(sender, errorText(cause));
    throw new LpError({ code, message, retryable: true, cause });
  }
}
