import {
  bondingManagerAbi,
  livepeerGovernorAbi,
  minterAbi,
  roundsManagerAbi,
  ticketBrokerAbi,
  treasuryAbi,
} from "@livepeer-ts/protocol/abi";
import type { Abi } from "viem";

/** A parameter of the protocol: where it stands, and how it is changed. */
export type ProtocolParam = {
  readonly name: string;
  /** Name in the Controller. */
  readonly contract: string;
  readonly abi: Abi;
  readonly getter: string;
  /** Absent when the Controller's owner cannot set it. */
  readonly setter: string | undefined;
  readonly unit: string;
};

function param(contract: string, abi: Abi, name: string, unit: string, setter?: string, getter = name): ProtocolParam {
  return { name, contract, abi, getter, setter, unit };
}

const bonding = (name: string, unit: string, setter?: string, getter?: string) =>
  param("BondingManager", bondingManagerAbi, name, unit, setter, getter);
const rounds = (name: string, unit: string, setter: string) =>
  param("RoundsManager", roundsManagerAbi, name, unit, setter);
const broker = (name: string, unit: string, setter: string) =>
  param("TicketBroker", ticketBrokerAbi, name, unit, setter);
const minter = (name: string, unit: string, setter?: string) => param("Minter", minterAbi, name, unit, setter);
const votes = (name: string, unit: string) => param("LivepeerGovernor", livepeerGovernorAbi, name, unit);

/** Every parameter. Those of the LivepeerGovernor and the Treasury are changed by proposals only. */
export const protocolParams: readonly ProtocolParam[] = [
  bonding("unbondingPeriod", "rounds", "setUnbondingPeriod"),
  bonding("numActiveTranscoders", "", "setNumActiveTranscoders", "getTranscoderPoolMaxSize"),
  bonding("treasuryRewardCutRate", "of 10^27"),
  bonding("nextRoundTreasuryRewardCutRate", "of 10^27", "setTreasuryRewardCutRate"),
  bonding("treasuryBalanceCeiling", "LPT wei", "setTreasuryBalanceCeiling"),
  rounds("roundLength", "blocks", "setRoundLength"),
  rounds("roundLockAmount", "of 10^6", "setRoundLockAmount"),
  broker("unlockPeriod", "rounds", "setUnlockPeriod"),
  broker("ticketValidityPeriod", "rounds", "setTicketValidityPeriod"),
  minter("inflation", "of 10^9"),
  minter("inflationChange", "of 10^9", "setInflationChange"),
  minter("targetBondingRate", "of 10^9", "setTargetBondingRate"),
  votes("votingDelay", "rounds"),
  votes("votingPeriod", "rounds"),
  votes("proposalThreshold", "LPT wei"),
  votes("quorumNumerator", "of 10^6"),
  votes("quota", "of 10^6"),
  param("Treasury", treasuryAbi, "minDelay", "seconds", undefined, "getMinDelay"),
];
