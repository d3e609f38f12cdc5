import { type Address, type Hex, LpError } from "@livepeer-ts/kernel";
import { parseAbi } from "viem/utils";
import {
  bondingManagerAbi,
  livepeerGovernorAbi,
  livepeerTokenAbi,
  livepeerTokenFaucetAbi,
  pollAbi,
  roundsManagerAbi,
  serviceRegistryAbi,
  ticketBrokerAbi,
} from "../abi/index.ts";
import type { AddressBook } from "./address-book.ts";
import { contractCall } from "./contract-read.ts";

/** A call that changes state, ready to be sent. */
export type ContractCall = { readonly to: Address; readonly data: Hex; readonly valueWei?: bigint };

/** The BondingManager of L1 before the move to Arbitrum pays all fees to the caller. */
const l1BondingManagerAbi = parseAbi(["function withdrawFees()"]);

/** What an account does in the protocol, prepared for one network. Amounts in wei, shares of 1,000,000. */
export function protocolCalls(book: AddressBook) {
  const { bondingManager, livepeerToken, roundsManager, serviceRegistry, ticketBroker } = book;
  const bonding = (data: Hex): ContractCall => ({ to: bondingManager, data });
  const broker = (data: Hex, valueWei = 0n): ContractCall => ({ to: ticketBroker, data, valueWei });
  return {
    /** Lets the BondingManager take LPT. */
    approveStake: (amountWei: bigint): ContractCall => ({
      to: livepeerToken,
      data: contractCall(livepeerTokenAbi, "approve", [bondingManager, amountWei]),
    }),
    transferTokens: (to: Address, amountWei: bigint): ContractCall => ({
      to: livepeerToken,
      data: contractCall(livepeerTokenAbi, "transfer", [to, amountWei]),
    }),
    bond: (amountWei: bigint, to: Address) => bonding(contractCall(bondingManagerAbi, "bond", [amountWei, to])),
    unbond: (amountWei: bigint) => bonding(contractCall(bondingManagerAbi, "unbond", [amountWei])),
    rebond: (lockId: bigint) => bonding(contractCall(bondingManagerAbi, "rebond", [lockId])),
    rebondFromUnbonded: (to: Address, lockId: bigint) =>
      bonding(contractCall(bondingManagerAbi, "rebondFromUnbonded", [to, lockId])),
    withdrawStake: (lockId: bigint) => bonding(contractCall(bondingManagerAbi, "withdrawStake", [lockId])),
    withdrawFees: (to: Address, amountWei: bigint) =>
      bonding(contractCall(bondingManagerAbi, "withdrawFees", [to, amountWei])),
    withdrawAllFeesOnL1: () => bonding(contractCall(l1BondingManagerAbi, "withdrawFees", [])),
    claimEarnings: (round: bigint) => bonding(contractCall(bondingManagerAbi, "claimEarnings", [round])),
    transcoder: (rewardCut: bigint, feeShare: bigint) =>
      bonding(contractCall(bondingManagerAbi, "transcoder", [rewardCut, feeShare])),
    reward: () => bonding(contractCall(bondingManagerAbi, "reward", [])),
    setServiceUri: (uri: string): ContractCall => ({
      to: serviceRegistry,
      data: contractCall(serviceRegistryAbi, "setServiceURI", [uri]),
    }),
    initializeRound: (): ContractCall => ({
      to: roundsManager,
      data: contractCall(roundsManagerAbi, "initializeRound", []),
    }),
    fundDepositAndReserve: (depositWei: bigint, reserveWei: bigint) =>
      broker(contractCall(ticketBrokerAbi, "fundDepositAndReserve", [depositWei, reserveWei]), depositWei + reserveWei),
    fundDeposit: (amountWei: bigint) => broker(contractCall(ticketBrokerAbi, "fundDeposit", []), amountWei),
    unlockFunds: () => broker(contractCall(ticketBrokerAbi, "unlock", [])),
    cancelUnlock: () => broker(contractCall(ticketBrokerAbi, "cancelUnlock", [])),
    withdrawFunds: () => broker(contractCall(ticketBrokerAbi, "withdraw", [])),
    /** Throws `contract_missing` on networks without a faucet. */
    requestTokens: (): ContractCall => ({
      to: present(book.livepeerTokenFaucet, "LivepeerTokenFaucet"),
      data: contractCall(livepeerTokenFaucetAbi, "request", []),
    }),
    vote: (poll: Address, choiceId: bigint): ContractCall => ({
      to: poll,
      data: contractCall(pollAbi, "vote", [choiceId]),
    }),
    /** Throws `contract_missing` on networks without the governor. */
    voteOnProposal: (proposalId: bigint, support: number, reason: string): ContractCall => ({
      to: present(book.livepeerGovernor, "LivepeerGovernor"),
      data:
        reason === ""
          ? contractCall(livepeerGovernorAbi, "castVote", [proposalId, support])
          : contractCall(livepeerGovernorAbi, "castVoteWithReason", [proposalId, support, reason]),
    }),
  };
}

export type ProtocolCalls = ReturnType<typeof protocolCalls>;

/** The contract's address. Throws `contract_missing`. */
export function present(address: Address | undefined, name: string): Address {
  if (address !== undefined) return address;
  throw new LpError({ code: "contract_missing", message: `this network has no ${name}` });
}
