// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What one transcoder's stake earned in one round
library EarningsPool {
    struct Data {
        uint256 totalStake; // active stake of the round
        uint256 transcoderRewardCut; // share of rewards the transcoder keeps (1 000 000 = 100 %)
        uint256 transcoderFeeShare; // share of fees the delegators get (1 000 000 = 100 %)
        uint256 cumulativeRewardFactor; // worth of one staked unit since the beginning (10^27 = 1; 0 stands for 1)
        uint256 cumulativeFeeFactor; // wei earned by one originally staked unit since the beginning (10^27 = 1)
    }

    /// @dev Sets the shares that hold for the round
    function setCommission(
        Data storage earningsPool,
        uint256 _rewardCut,
        uint256 _feeShare
    ) internal {
        earningsPool.transcoderRewardCut = _rewardCut;
        earningsPool.transcoderFeeShare = _feeShare;
    }

    /// @dev Sets the active stake of the round
    function setStake(Data storage earningsPool, uint256 _stake) internal {
        earningsPool.totalStake = _stake;
    }
}
