import { type Address, type Hex, toAddress, toHex } from "@livepeer-ts/kernel";
import { mnemonicToAccount } from "viem/accounts";

/** Phrase anvil funds its accounts from when none is given. */
const phrase = "test test test test test test test test test test test junk";

export type TestAccount = { readonly address: Address; readonly key: Hex };

/** Account number `index` of a development chain started with its usual phrase. */
export function testAccount(index: number): TestAccount {
  const account = mnemonicToAccount(phrase, { addressIndex: index });
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error(`account ${index} has no private key`);
  return { address: toAddress(account.address), key: toHex(key) };
}
