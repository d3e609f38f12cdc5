import { join } from "node:path";
import { fromHex, type Hex } from "@livepeer-ts/kernel";
import { type Anvil, KeystoreDir } from "@livepeer-ts/protocol/adapters";
import type { Devnet } from "@livepeer-ts/protocol/deploy";

const password = "a password";

/** Puts a key into a new data directory; returns the flags by which a node uses it on the chain. */
export async function nodeChainFlags(
  data: string,
  key: Hex,
  { rpcUrl }: Pick<Anvil, "rpcUrl">,
  { addresses }: Pick<Devnet, "addresses">,
): Promise<string[]> {
  await new KeystoreDir(join(data, "keystore")).create(password, { privateKey: fromHex(key), strength: "light" });
  return [
    ...["-network", "devnet", "-ethUrl", rpcUrl, "-ethController", addresses.Controller],
    ...["-ethPassword", password, "-dataDir", data, "-blockPollingInterval", "0.2"],
  ];
}
