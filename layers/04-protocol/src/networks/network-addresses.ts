import { type Address, toAddress } from "@livepeer-ts/kernel";

/** Contracts of a network. A name means the proxy where there is one; `…Target` is the code behind it. */
export type ContractName =
  | "Controller"
  | "LivepeerToken"
  | "LivepeerTokenFaucet"
  | "Minter"
  | "BondingManager"
  | "BondingManagerTarget"
  | "BondingVotes"
  | "BondingVotesTarget"
  | "RoundsManager"
  | "RoundsManagerTarget"
  | "TicketBroker"
  | "TicketBrokerTarget"
  | "ServiceRegistry"
  | "ServiceRegistryTarget"
  | "AIServiceRegistry"
  | "SortedDoublyLL"
  | "MerkleSnapshot"
  | "Governor"
  | "PollCreator"
  | "Treasury"
  | "LivepeerGovernor"
  | "LivepeerGovernorTarget"
  | "L2Migrator"
  | "L2MigratorTarget"
  | "DelegatorPool"
  | "L2LPTDataCache"
  | "L2LPTGateway"
  | "L2GatewayRouter"
  | "L1Escrow"
  | "L1LPTGateway"
  | "L1LPTDataCache"
  | "L1Migrator"
  | "BridgeMinter"
  | "Refunder"
  | "Inbox"
  | "Multicall3"
  | "EthUsdPriceFeed";

/** Where a contract is. */
export type KnownContract = {
  readonly address: Address;
  /** Block from which its events have to be read; absent where nobody needs them. */
  readonly startBlock?: bigint;
};

/** Address book of one network. */
export type NetworkAddresses = {
  /** go-livepeer's name of the network. */
  readonly network: string;
  readonly chainId: number;
  readonly contracts: Readonly<Partial<Record<ContractName, KnownContract>>> & { readonly Controller: KnownContract };
};

/** An entry of an address book. */
export function at(address: string, startBlock?: number): KnownContract {
  return { address: toAddress(address), ...(startBlock === undefined ? {} : { startBlock: BigInt(startBlock) }) };
}
