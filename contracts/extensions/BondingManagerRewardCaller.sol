// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "./BondingManagerActiveRedeemers.sol";

/// @title BondingManager in which a transcoder can let another account call reward for it (LIP-118)
/// @dev The other account can do nothing else: rewards, events and checkpoints are the transcoder's.
contract BondingManagerRewardCaller is BondingManagerActiveRedeemers {
    /// @notice Account that may call reward for a transcoder, zero for none
    mapping(address => address) public transcoderToRewardCaller;

    /// @notice A transcoder named its reward caller, zero for none
    event RewardCallerSet(address indexed transcoder, address indexed rewardCaller);

    constructor(address _controller) BondingManagerActiveRedeemers(_controller) {}

    /// @notice Names the account that may call reward for the caller
    /// @param _rewardCaller Account, zero for none
    function setRewardCaller(address _rewardCaller) external whenSystemNotPaused {
        transcoderToRewardCaller[msg.sender] = _rewardCaller;
        emit RewardCallerSet(msg.sender, _rewardCaller);
    }

    /// @notice Mints the reward of a transcoder that named the caller
    /// @param _transcoder Transcoder
    function rewardForTranscoder(address _transcoder) external {
        rewardForTranscoderWithHint(_transcoder, address(0), address(0));
    }

    /// @notice Like `rewardForTranscoder`, with a hint
    /// @param _transcoder Transcoder
    /// @param _newPosPrev Hint: transcoder before it
    /// @param _newPosNext Hint: transcoder after it
    function rewardForTranscoderWithHint(
        address _transcoder,
        address _newPosPrev,
        address _newPosNext
    ) public whenSystemNotPaused currentRoundInitialized {
        require(
            msg.sender == transcoderToRewardCaller[_transcoder],
            "caller must be a reward caller set by the transcoder"
        );
        _rewardWithHint(_transcoder, _newPosPrev, _newPosNext);
    }
}
