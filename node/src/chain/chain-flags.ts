import type { FlagKind, FlagSpec } from "../flags/flag-spec.ts";

function flag(name: string, fallback: string, help: string, kind: FlagKind = "string"): FlagSpec {
  return { name, kind, fallback, help };
}

/** Where the chain is, and how to print. Every command takes these. */
export const connectionFlags: readonly FlagSpec[] = [
  flag("network", "devnet", "devnet, arbitrum-like, arbitrum-one-mainnet, mainnet, or any name with --controller"),
  flag("rpc", "", "URL of an Ethereum node; default on a devnet http://127.0.0.1:8545"),
  flag("chain-id", "0", "chain that the node must serve; 0 = the network's, where that is known", "int"),
  flag("controller", "", "address of the Controller; default: the network's address book"),
  flag("max-fee-gwei", "3", "highest price per gas of what is sent", "float"),
  flag("json", "false", "print one JSON object, amounts in wei as decimal texts", "bool"),
];

/** Who signs. */
export const signingFlags: readonly FlagSpec[] = [
  flag("key-file", "", "file with the private key, hexadecimal"),
  flag("keystore", "", "keystore file, or a folder of them"),
  flag("account", "", "account in the keystore folder; default: the first"),
  flag("password-file", "", "file with the password of the keystore; without it an empty one"),
  flag("dev-account", "0", "development account to use on a development chain when no key is given", "int"),
];

/** What `deploy` takes beside those. */
export const deployFlags: readonly FlagSpec[] = [
  flag("params", "", "JSON file of parameters; default: those of --network"),
  flag(
    "start-nonce",
    "-1",
    "nonce of the first transaction; -1 = find the account's deployment, else begin one",
    "int",
  ),
  flag("bonding-manager", "", "base, active-redeemers or reward-caller; default: the parameters'"),
];

/** What `accounts` takes. */
export const accountsFlags: readonly FlagSpec[] = [
  flag("accounts", "", "addresses, comma separated; default on a development chain: its first accounts"),
];

/** What `fund` takes. */
export const fundFlags: readonly FlagSpec[] = [
  flag("to", "", "account that is funded"),
  flag("eth", "0", "ether to send"),
  flag("lpt", "0", "LPT to send"),
  flag("deposit", "0", "ether for its deposit as a gateway"),
  flag("reserve", "0", "ether for its reserve as a gateway"),
];

/** What `params` takes. */
export const paramsFlags: readonly FlagSpec[] = [
  flag("set", "", "name=value pairs, comma separated; needs the key of the Controller's owner"),
];

/** What `upgrade` takes. */
export const upgradeFlags: readonly FlagSpec[] = [
  flag("contract", "", "contract whose code is replaced"),
  flag("variant", "", "of the BondingManager: base, active-redeemers or reward-caller"),
  flag("git-commit", "", "commit recorded with the registration, 40 hexadecimal digits"),
];
