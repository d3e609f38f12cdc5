import { type Address, type Hex, LpError, toAddress, toHex } from "@livepeer-ts/kernel";
import { mnemonicToAccount } from "viem/accounts";

/** Phrase behind the accounts of development chains. Everybody knows it: nothing of value may be theirs. */
const phrase = "test test test test test test test test test test test junk";
const accountCount = 20;

/** What the local network uses the first accounts for. */
export const developmentRoles = [
  "deployer",
  "orchestrator A",
  "orchestrator B",
  "gateway",
  "delegator 1",
  "delegator 2",
] as const;

/** Key and address of a development account, 0 to 19. Throws `bad_flag`. */
export function developmentAccount(index: number): { readonly address: Address; readonly key: Hex } {
  if (!Number.isInteger(index) || index < 0 || index >= accountCount) {
    throw new LpError({
      code: "bad_flag",
      message: `--dev-account ${index} is none of the ${accountCount} development accounts: give 0 to ${accountCount - 1}`,
    });
  }
  const account = mnemonicToAccount(phrase, { addressIndex: index });
  return { address: toAddress(account.address), key: toHex(account.getHdKey().privateKey as Uint8Array) };
}
