import type { Address, Hash32 } from "@livepeer-ts/kernel";
import { bondingManagerAbi, minterAbi, roundsManagerAbi, serviceRegistryAbi, ticketBrokerAbi } from "../abi/index.ts";
import type { AddressBook } from "./address-book.ts";
import { contractRead } from "./contract-read.ts";

/** The reads a node makes, prepared for one network. */
export function protocolReads(book: AddressBook) {
  const { bondingManager, roundsManager, serviceRegistry, ticketBroker, minter } = book;
  return {
    lastInitializedRound: () => contractRead(roundsManagerAbi, roundsManager, "lastInitializedRound", []),
    currentRound: () => contractRead(roundsManagerAbi, roundsManager, "currentRound", []),
    currentRoundInitialized: () => contractRead(roundsManagerAbi, roundsManager, "currentRoundInitialized", []),
    currentRoundStartBlock: () => contractRead(roundsManagerAbi, roundsManager, "currentRoundStartBlock", []),
    roundLength: () => contractRead(roundsManagerAbi, roundsManager, "roundLength", []),
    blockHashForRound: (round: bigint) => contractRead(roundsManagerAbi, roundsManager, "blockHashForRound", [round]),
    poolSize: () => contractRead(bondingManagerAbi, bondingManager, "getTranscoderPoolSize", []),
    poolMaxSize: () => contractRead(bondingManagerAbi, bondingManager, "getTranscoderPoolMaxSize", []),
    firstInPool: () => contractRead(bondingManagerAbi, bondingManager, "getFirstTranscoderInPool", []),
    nextInPool: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "getNextTranscoderInPool", [address]),
    transcoder: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "getTranscoder", [address]),
    transcoderTotalStake: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "transcoderTotalStake", [address]),
    isActiveTranscoder: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "isActiveTranscoder", [address]),
    isRegisteredTranscoder: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "isRegisteredTranscoder", [address]),
    totalBonded: () => contractRead(bondingManagerAbi, bondingManager, "getTotalBonded", []),
    earningsPool: (address: Address, round: bigint) =>
      contractRead(bondingManagerAbi, bondingManager, "getTranscoderEarningsPoolForRound", [address, round]),
    delegator: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "getDelegator", [address]),
    pendingFees: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "pendingFees", [address, 0n]),
    pendingStake: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "pendingStake", [address, 0n]),
    currentMintableTokens: () => contractRead(minterAbi, minter, "currentMintableTokens", []),
    serviceUri: (address: Address) => contractRead(serviceRegistryAbi, serviceRegistry, "getServiceURI", [address]),
    senderInfo: (sender: Address) => contractRead(ticketBrokerAbi, ticketBroker, "getSenderInfo", [sender]),
    claimedReserve: (sender: Address, claimant: Address) =>
      contractRead(ticketBrokerAbi, ticketBroker, "claimedReserve", [sender, claimant]),
    claimableReserve: (sender: Address, claimant: Address) =>
      contractRead(ticketBrokerAbi, ticketBroker, "claimableReserve", [sender, claimant]),
    usedTickets: (ticketHash: Hash32) => contractRead(ticketBrokerAbi, ticketBroker, "usedTickets", [ticketHash]),
    ticketValidityPeriod: () => contractRead(ticketBrokerAbi, ticketBroker, "ticketValidityPeriod", []),
  };
}

export type ProtocolReads = ReturnType<typeof protocolReads>;
