import { type Address, hashFromBytes, keccak256, LpError, toAddress, utf8, zeroAddress } from "@livepeer-ts/kernel";
import { controllerAbi } from "../abi/index.ts";
import { knownNetworks } from "../networks/index.ts";
import type { ChainReader } from "../ports/chain-reader.ts";
import { contractRead } from "./contract-read.ts";

/** Contracts a node needs, by their names in the Controller. */
const requiredNames = [
  "LivepeerToken",
  "ServiceRegistry",
  "BondingManager",
  "TicketBroker",
  "RoundsManager",
  "Minter",
] as const;
const optionalNames = ["LivepeerTokenFaucet", "LivepeerGovernor", "BondingVotes", "Treasury"] as const;

type RequiredName = (typeof requiredNames)[number];
type OptionalName = (typeof optionalNames)[number];

/** Where the contracts of one network live. */
export type AddressBook = { readonly controller: Address } & {
  readonly [K in RequiredName as Uncapitalize<K>]: Address;
} & {
  readonly [K in OptionalName as Uncapitalize<K>]: Address | undefined;
};

/** Registry id of a contract name. */
export function contractId(name: string): `0x${string}` {
  return hashFromBytes(keccak256(utf8(name)));
}

/** Controllers of the known networks, by go-livepeer's network names. */
export const knownControllers: Readonly<Record<string, Address>> = {
  ...Object.fromEntries(Object.values(knownNetworks).map((book) => [book.network, book.contracts.Controller.address])),
  // No longer there; go-livepeer still knows them.
  rinkeby: toAddress("0x9a9827455911a858E55f07911904fACC0D66027E"),
  "arbitrum-one-rinkeby": toAddress("0x9ceC649179e2C7Ab91688271bcD09fb707b3E574"),
};

/** Asks the Controller for every address. Throws `contract_missing` for one the network must have. */
export async function loadAddressBook(
  reader: ChainReader,
  controller: Address,
  signal: AbortSignal,
): Promise<AddressBook> {
  if (!(await reader.hasCode(controller, signal))) {
    throw new LpError({
      code: "contract_missing",
      message: `there is no contract at the controller address ${controller}: check -ethController and that -ethUrl is the right network`,
    });
  }
  const names = [...requiredNames, ...optionalNames];
  const addresses = await reader.readAll(
    names.map((name) => contractRead(controllerAbi, controller, "getContract", [contractId(name)])),
    signal,
  );
  const book: Record<string, Address | undefined> = { controller };
  names.forEach((name, i) => {
    const address = toAddress(addresses[i] as string);
    const key = name.charAt(0).toLowerCase() + name.slice(1);
    book[key] = address === zeroAddress ? undefined : address;
    if (address === zeroAddress && (requiredNames as readonly string[]).includes(name)) {
      throw new LpError({
        code: "contract_missing",
        message: `the controller ${controller} knows no ${name}: finish the deployment, or give another -ethController`,
      });
    }
  });
  return book as AddressBook;
}
