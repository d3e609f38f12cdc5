import { formatRational, type Rational } from "@livepeer-ts/kernel";
import type { TranscoderState } from "@livepeer-ts/protocol";

/** An orchestrator with the Go node's field names. `pricePerPixel` in wei; undefined: not known. */
export function transcoderJson(state: TranscoderState, pricePerPixel: Rational | undefined) {
  return {
    Address: state.address,
    ServiceURI: state.serviceUri,
    LastRewardRound: state.lastRewardRound,
    RewardCut: state.rewardCut,
    FeeShare: state.feeShare,
    DelegatedStake: state.stakeWei,
    ActivationRound: state.activationRound,
    DeactivationRound: state.deactivationRound,
    LastActiveStakeUpdateRound: state.lastActiveStakeUpdateRound,
    Active: state.isActive,
    Status: state.isRegistered ? "Registered" : "Not Registered",
    PricePerPixel: pricePerPixel === undefined ? null : formatRational(pricePerPixel),
  };
}
