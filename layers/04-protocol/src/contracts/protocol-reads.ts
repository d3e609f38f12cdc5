import type { Address, Hash32 } from "@livepeer-ts/kernel";
import {
  bondingManagerAbi,
  controllerAbi,
  livepeerTokenAbi,
  livepeerTokenFaucetAbi,
  minterAbi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "../abi/index.ts";
import type { AddressBook } from "./address-book.ts";
import { contractRead } from "./contract-read.ts";
import { present } from "./protocol-calls.ts";

/** The reads a node makes, prepared for one network. */
export function protocolReads(book: AddressBook) {
  const { bondingManager, controller, livepeerToken, roundsManager, serviceRegistry, ticketBroker, minter } = book;
  return {
    lastInitializedRound: () => contractRead(roundsManagerAbi, roundsManager, "lastInitializedRound", []),
    currentRound: () => contractRead(roundsManagerAbi, roundsManager, "currentRound", []),
    currentRoundInitialized: () => contractRead(roundsManagerAbi, roundsManager, "currentRoundInitialized", []),
    currentRoundStartBlock: () => contractRead(roundsManagerAbi, roundsManager, "currentRoundStartBlock", []),
    currentRoundLocked: () => contractRead(roundsManagerAbi, roundsManager, "currentRoundLocked", []),
    roundLockAmount: () => contractRead(roundsManagerAbi, roundsManager, "roundLockAmount", []),
    roundLength: () => contractRead(roundsManagerAbi, roundsManager, "roundLength", []),
    blockHashForRound: (round: bigint) => contractRead(roundsManagerAbi, roundsManager, "blockHashForRound", [round]),
    poolSize: () => contractRead(bondingManagerAbi, bondingManager, "getTranscoderPoolSize", []),
    poolMaxSize: () => contractRead(bondingManagerAbi, bondingManager, "getTranscoderPoolMaxSize", []),
    firstInPool: () => contractRead(bondingManagerAbi, bondingManager, "getFirstTranscoderInPool", []),
    nextInPool: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "getNextTranscoderInPool", [address]),
    transcoder: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "getTranscoder", [address]),
    transcoderStatus: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "transcoderStatus", [address]),
    unbondingPeriod: () => contractRead(bondingManagerAbi, bondingManager, "unbondingPeriod", []),
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
    delegatorStatus: (address: Address) =>
      contractRead(bondingManagerAbi, bondingManager, "delegatorStatus", [address]),
    unbondingLock: (address: Address, lockId: bigint) =>
      contractRead(bondingManagerAbi, bondingManager, "getDelegatorUnbondingLock", [address, lockId]),
    pendingFees: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "pendingFees", [address, 0n]),
    pendingStake: (address: Address) => contractRead(bondingManagerAbi, bondingManager, "pendingStake", [address, 0n]),
    currentMintableTokens: () => contractRead(minterAbi, minter, "currentMintableTokens", []),
    inflation: () => contractRead(minterAbi, minter, "inflation", []),
    inflationChange: () => contractRead(minterAbi, minter, "inflationChange", []),
    targetBondingRate: () => contractRead(minterAbi, minter, "targetBondingRate", []),
    globalTotalSupply: () => contractRead(minterAbi, minter, "getGlobalTotalSupply", []),
    isPaused: () => contractRead(controllerAbi, controller, "paused", []),
    tokenBalance: (address: Address) => contractRead(livepeerTokenAbi, livepeerToken, "balanceOf", [address]),
    tokenSupply: () => contractRead(livepeerTokenAbi, livepeerToken, "totalSupply", []),
    stakeAllowance: (address: Address) =>
      contractRead(livepeerTokenAbi, livepeerToken, "allowance", [address, bondingManager]),
    /** Unix time from which the faucet gives again, s. Throws `contract_missing` on networks without one. */
    nextFaucetRequest: (address: Address) =>
      contractRead(
        livepeerTokenFaucetAbi,
        present(book.livepeerTokenFaucet, "LivepeerTokenFaucet"),
        "nextValidRequest",
        [address],
      ),
    serviceUri: (address: Address) => contractRead(serviceRegistryAbi, serviceRegistry, "getServiceURI", [address]),
    senderInfo: (sender: Address) => contractRead(ticketBrokerAbi, ticketBroker, "getSenderInfo", [sender]),
    claimedReserve: (sender: Address, claimant: Address) =>
      contractRead(ticketBrokerAbi, ticketBroker, "claimedReserve", [sender, claimant]),
    claimableReserve: (sender: Address, claimant: Address) =>
      contractRead(ticketBrokerAbi, ticketBroker, "claimableReserve", [sender, claimant]),
    usedTickets: (ticketHash: Hash32) => contractRead(ticketBrokerAbi, ticketBroker, "usedTickets", [ticketHash]),
    unlockPeriod: () => contractRead(ticketBrokerAbi, ticketBroker, "unlockPeriod", []),
    ticketValidityPeriod: () => contractRead(ticketBrokerAbi, ticketBroker, "ticketValidityPeriod", []),
  };
}

export type ProtocolReads = ReturnType<typeof protocolReads>;
