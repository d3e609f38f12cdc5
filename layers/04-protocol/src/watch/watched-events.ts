import { type Address, type Hash32, toAddress } from "@livepeer-ts/kernel";
import type { Abi, ContractEventName } from "viem";
import { decodeEventLog, toEventSelector } from "viem/utils";
import { bondingManagerAbi, roundsManagerAbi, serviceRegistryAbi, ticketBrokerAbi } from "../abi/index.ts";
import type { AddressBook } from "../contracts/address-book.ts";
import type { ChainLog } from "./chain-log.ts";

type EventOf<A extends Abi, N extends string> = Extract<A[number], { readonly type: "event"; readonly name: N }>;

function eventOf<const A extends Abi, const N extends ContractEventName<A>>(abi: A, name: N): EventOf<A, N> {
  return abi.find((item) => item.type === "event" && item.name === name) as EventOf<A, N>;
}

/** The events that nodes follow, in the order in which the reference node asks for them. */
const watchedAbi = [
  eventOf(bondingManagerAbi, "Unbond"),
  eventOf(bondingManagerAbi, "Rebond"),
  eventOf(bondingManagerAbi, "WithdrawStake"),
  eventOf(roundsManagerAbi, "NewRound"),
  eventOf(ticketBrokerAbi, "DepositFunded"),
  eventOf(ticketBrokerAbi, "ReserveFunded"),
  eventOf(ticketBrokerAbi, "Withdrawal"),
  eventOf(ticketBrokerAbi, "WinningTicketTransfer"),
  eventOf(ticketBrokerAbi, "Unlock"),
  eventOf(ticketBrokerAbi, "UnlockCancelled"),
  eventOf(bondingManagerAbi, "TranscoderActivated"),
  eventOf(bondingManagerAbi, "TranscoderDeactivated"),
  eventOf(serviceRegistryAbi, "ServiceURIUpdate"),
] as const;

/** Topic hashes of the watched events, in request order. */
export const watchedTopics: readonly Hash32[] = watchedAbi.map((event) => toEventSelector(event) as Hash32);

/** One decoded event of the protocol's contracts. */
export type ProtocolEvent =
  | { readonly name: "NewRound"; readonly round: bigint; readonly l1BlockHash: Hash32 }
  | { readonly name: "DepositFunded" | "ReserveFunded"; readonly sender: Address; readonly amountWei: bigint }
  | {
      readonly name: "Withdrawal";
      readonly sender: Address;
      readonly depositWei: bigint;
      readonly reserveWei: bigint;
    }
  | {
      readonly name: "WinningTicketTransfer";
      readonly sender: Address;
      readonly recipient: Address;
      readonly amountWei: bigint;
    }
  | { readonly name: "Unlock"; readonly sender: Address; readonly endRound: bigint }
  | { readonly name: "UnlockCancelled"; readonly sender: Address }
  | {
      readonly name: "TranscoderActivated" | "TranscoderDeactivated";
      readonly transcoder: Address;
      readonly round: bigint;
    }
  | { readonly name: "ServiceURIUpdate"; readonly transcoder: Address; readonly serviceUri: string }
  | {
      readonly name: "Unbond" | "Rebond";
      readonly delegate: Address;
      readonly delegator: Address;
      readonly lockId: bigint;
      readonly amountWei: bigint;
    }
  | {
      readonly name: "WithdrawStake";
      readonly delegator: Address;
      readonly lockId: bigint;
      readonly amountWei: bigint;
    };

/**
 * The event in a log; undefined when it is none of the watched ones or comes from a contract that is not the network's
 * (logs are asked for by topic only, so other deployments on the same chain show up too).
 */
export function decodeProtocolEvent(log: ChainLog, book: AddressBook): ProtocolEvent | undefined {
  const decoded = decode(log);
  if (decoded === undefined || log.address !== emitter(decoded.eventName, book)) return undefined;
  switch (decoded.eventName) {
    case "NewRound":
      return { name: "NewRound", round: decoded.args.round, l1BlockHash: decoded.args.blockHash as Hash32 };
    case "DepositFunded":
      return { name: "DepositFunded", sender: toAddress(decoded.args.sender), amountWei: decoded.args.amount };
    case "ReserveFunded":
      return { name: "ReserveFunded", sender: toAddress(decoded.args.reserveHolder), amountWei: decoded.args.amount };
    case "Withdrawal": {
      const { sender, deposit, reserve } = decoded.args;
      return { name: "Withdrawal", sender: toAddress(sender), depositWei: deposit, reserveWei: reserve };
    }
    case "WinningTicketTransfer": {
      const { sender, recipient, amount } = decoded.args;
      return {
        name: "WinningTicketTransfer",
        sender: toAddress(sender),
        recipient: toAddress(recipient),
        amountWei: amount,
      };
    }
    case "Unlock":
      return { name: "Unlock", sender: toAddress(decoded.args.sender), endRound: decoded.args.endRound };
    case "UnlockCancelled":
      return { name: "UnlockCancelled", sender: toAddress(decoded.args.sender) };
    case "TranscoderActivated": {
      const { transcoder, activationRound } = decoded.args;
      return { name: "TranscoderActivated", transcoder: toAddress(transcoder), round: activationRound };
    }
    case "TranscoderDeactivated": {
      const { transcoder, deactivationRound } = decoded.args;
      return { name: "TranscoderDeactivated", transcoder: toAddress(transcoder), round: deactivationRound };
    }
    case "ServiceURIUpdate":
      return {
        name: "ServiceURIUpdate",
        transcoder: toAddress(decoded.args.addr),
        serviceUri: decoded.args.serviceURI,
      };
    case "Unbond":
    case "Rebond": {
      const { delegate, delegator, unbondingLockId, amount } = decoded.args;
      return {
        name: decoded.eventName,
        delegate: toAddress(delegate),
        delegator: toAddress(delegator),
        lockId: unbondingLockId,
        amountWei: amount,
      };
    }
    case "WithdrawStake": {
      const { delegator, unbondingLockId, amount } = decoded.args;
      return { name: "WithdrawStake", delegator: toAddress(delegator), lockId: unbondingLockId, amountWei: amount };
    }
  }
}

function decode(log: ChainLog) {
  try {
    return decodeEventLog({
      abi: watchedAbi,
      data: log.data,
      topics: [...log.topics] as [Hash32, ...Hash32[]],
    });
  } catch {
    return undefined; // same signature, other indexing: not one of ours
  }
}

function emitter(name: string, book: AddressBook): Address {
  switch (name) {
    case "NewRound":
      return book.roundsManager;
    case "ServiceURIUpdate":
      return book.serviceRegistry;
    case "DepositFunded":
    case "ReserveFunded":
    case "Withdrawal":
    case "WinningTicketTransfer":
    case "Unlock":
    case "UnlockCancelled":
      return book.ticketBroker;
    default:
      return book.bondingManager;
  }
}
