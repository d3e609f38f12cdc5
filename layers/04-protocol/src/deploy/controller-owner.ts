import { type Address, type Hex, LpError, toAddress } from "@livepeer-ts/kernel";
import { encodeFunctionData } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { controllerAbi, governorAbi } from "../abi/index.ts";
import { governorCode } from "./bytecode/index.ts";
import type { ChainSession } from "./chain-session.ts";
import { isMadeBy } from "./contract-code.ts";
import { governorUpdate, governorUpdateHash } from "./governor-update.ts";

/** A call that only the Controller's owner may make. */
export type OwnerCall = { readonly what: string; readonly to: Address; readonly data: Hex };

/** What was sent for a call. */
export type OwnerCallResult = { readonly transactions: number; readonly gasUsed: bigint };

/** Whether the code at an address is a Governor's. */
export function isGovernor(code: Hex): boolean {
  return isMadeBy(governorCode, code);
}

/** How an account can act for the Controller's owner. */
type Way = { readonly by: "owner" } | { readonly by: "governor"; readonly governor: Address };

/**
 * Makes a call as the Controller's owner: with the account itself, or through the Governor that owns it when the account
 * owns that. Rejects with `chain_not_owner`, and the session's codes.
 */
export async function sendAsOwner(
  session: ChainSession,
  controller: Address,
  account: PrivateKeyAccount,
  call: OwnerCall,
): Promise<OwnerCallResult> {
  const way = await requireOwner(session, controller, account, call);
  if (way.by === "owner") {
    const { gasUsed } = await session.send(account, call);
    return { transactions: 1, gasUsed };
  }
  // An update that was staged by a run that did not come to its end has the same hash and is executed now.
  const update = governorUpdate([call], 0n);
  const { governor } = way;
  let transactions = 0;
  let gasUsed = 0n;
  if ((await session.read(governorAbi, governor, "updates", [governorUpdateHash(update)])) === 0n) {
    const data = encodeFunctionData({ abi: governorAbi, functionName: "stage", args: [update, 0n] });
    const staged = await session.send(account, { what: `stage: ${call.what}`, to: governor, data });
    transactions++;
    gasUsed += staged.gasUsed;
  }
  const data = encodeFunctionData({ abi: governorAbi, functionName: "execute", args: [update] });
  const executed = await session.send(account, { what: call.what, to: governor, data });
  return { transactions: transactions + 1, gasUsed: gasUsed + executed.gasUsed };
}

/** Checks that an account can act for the Controller's owner. Rejects with `chain_not_owner` and what to do instead. */
export async function requireOwner(
  session: ChainSession,
  controller: Address,
  account: PrivateKeyAccount,
  call: Partial<OwnerCall> & { readonly what: string },
): Promise<Way> {
  const self = toAddress(account.address);
  const owner = toAddress(await session.read(controllerAbi, controller, "owner", []));
  if (owner === self) return { by: "owner" };
  const governs = isGovernor(await session.code(owner))
    ? toAddress(await session.read(governorAbi, owner, "owner", []))
    : undefined;
  if (governs === self) return { by: "governor", governor: owner };
  const who = governs === undefined ? owner : `the Governor ${owner}, which belongs to ${governs}`;
  const byHand =
    call.to === undefined || call.data === undefined ? "" : `, or have it call ${call.to} with ${call.data}`;
  throw new LpError({
    code: "chain_not_owner",
    message: `${call.what}: only the owner of the Controller may do this. That is ${who}, not ${self}: give the owner's key${byHand}`,
    details: { what: call.what, owner, account: self, ...(governs === undefined ? {} : { governorOwner: governs }) },
  });
}
