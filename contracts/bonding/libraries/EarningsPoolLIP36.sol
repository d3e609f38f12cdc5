// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../../libraries/PreciseMathUtils.sol";
import "./EarningsPool.sol";

/// @title Cumulative earnings factors of LIP-36, with the 27 decimals of LIP-71
/// @dev One factor per transcoder and round replaces a loop over rounds: a delegator's stake grows by the ratio of
/// two reward factors, its fees by the difference of two fee factors.
library EarningsPoolLIP36 {
    /// @dev Adds fees to the round's fee factor
    /// @param _prevEarningsPool Factors before this round
    /// @param _fees Delegators' part in wei
    function updateCumulativeFeeFactor(
        EarningsPool.Data storage earningsPool,
        EarningsPool.Data memory _prevEarningsPool,
        uint256 _fees
    ) internal {
        uint256 increase = PreciseMathUtils.percOf(
            rewardFactor(_prevEarningsPool),
            _fees,
            earningsPool.totalStake
        );
        uint256 base = earningsPool.cumulativeFeeFactor;
        if (base == 0) {
            base = _prevEarningsPool.cumulativeFeeFactor;
        }
        earningsPool.cumulativeFeeFactor = base + increase;
    }

    /// @dev Sets the round's reward factor
    /// @param _prevEarningsPool Factors at the last reward call
    /// @param _rewards Delegators' part in LPT wei
    function updateCumulativeRewardFactor(
        EarningsPool.Data storage earningsPool,
        EarningsPool.Data memory _prevEarningsPool,
        uint256 _rewards
    ) internal {
        uint256 base = rewardFactor(_prevEarningsPool);
        earningsPool.cumulativeRewardFactor = base + PreciseMathUtils.percOf(base, _rewards, earningsPool.totalStake);
    }

    /// @dev Stake with the rewards between two pools
    function delegatorCumulativeStake(
        EarningsPool.Data memory _startPool,
        EarningsPool.Data memory _endPool,
        uint256 _stake
    ) internal pure returns (uint256) {
        return PreciseMathUtils.percOf(_stake, rewardFactor(_endPool), rewardFactor(_startPool));
    }

    /// @dev Fees with those earned between two pools
    function delegatorCumulativeFees(
        EarningsPool.Data memory _startPool,
        EarningsPool.Data memory _endPool,
        uint256 _stake,
        uint256 _fees
    ) internal pure returns (uint256) {
        uint256 earned = _endPool.cumulativeFeeFactor - _startPool.cumulativeFeeFactor;
        return _fees + PreciseMathUtils.percOf(_stake, earned, rewardFactor(_startPool));
    }

    /// @dev Reward factor of a pool; a pool without one counts as 1
    function rewardFactor(EarningsPool.Data memory _pool) private pure returns (uint256) {
        return _pool.cumulativeRewardFactor == 0 ? PreciseMathUtils.PERC_DIVISOR : _pool.cumulativeRewardFactor;
    }
}
