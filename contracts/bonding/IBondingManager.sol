// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Stake of the protocol: bonding, the pool of active transcoders, rewards and fees
interface IBondingManager {
    event TranscoderUpdate(address indexed transcoder, uint256 rewardCut, uint256 feeShare);
    event TranscoderActivated(address indexed transcoder, uint256 activationRound);
    event TranscoderDeactivated(address indexed transcoder, uint256 deactivationRound);
    event TranscoderSlashed(address indexed transcoder, address finder, uint256 penalty, uint256 finderReward);
    event Reward(address indexed transcoder, uint256 amount);
    event TreasuryReward(address indexed transcoder, address treasury, uint256 amount);
    event Bond(
        address indexed newDelegate,
        address indexed oldDelegate,
        address indexed delegator,
        uint256 additionalAmount,
        uint256 bondedAmount
    );
    event Unbond(
        address indexed delegate,
        address indexed delegator,
        uint256 unbondingLockId,
        uint256 amount,
        uint256 withdrawRound
    );
    event Rebond(address indexed delegate, address indexed delegator, uint256 unbondingLockId, uint256 amount);
    event TransferBond(
        address indexed oldDelegator,
        address indexed newDelegator,
        uint256 oldUnbondingLockId,
        uint256 newUnbondingLockId,
        uint256 amount
    );
    event WithdrawStake(address indexed delegator, uint256 unbondingLockId, uint256 amount, uint256 withdrawRound);
    event WithdrawFees(address indexed delegator, address recipient, uint256 amount);
    event EarningsClaimed(
        address indexed delegate,
        address indexed delegator,
        uint256 rewards,
        uint256 fees,
        uint256 startRound,
        uint256 endRound
    );

    /// @notice Credits ticket proceeds to a transcoder and its delegators; only the TicketBroker may call
    /// @param _transcoder Recipient of the ticket
    /// @param _fees Amount in wei
    /// @param _round Round of the ticket; not used, proceeds count in the current round
    function updateTranscoderWithFees(
        address _transcoder,
        uint256 _fees,
        uint256 _round
    ) external;

    /// @notice Takes a share of a transcoder's own stake; only the Verifier may call
    /// @param _transcoder Transcoder
    /// @param _finder Account that found the fault, zero for none
    /// @param _slashAmount Share of the stake (1 000 000 = 100 %)
    /// @param _finderFee Finder's share of the penalty (1 000 000 = 100 %)
    function slashTranscoder(
        address _transcoder,
        address _finder,
        uint256 _slashAmount,
        uint256 _finderFee
    ) external;

    /// @notice Makes the next round's active stake current; only the RoundsManager may call
    function setCurrentRoundTotalActiveStake() external;

    /// @notice Rounds between unbonding and withdrawal
    function unbondingPeriod() external view returns (uint64);

    /// @notice Number of transcoders in the pool of the next round
    function getTranscoderPoolSize() external view returns (uint256);

    /// @notice LPT wei delegated to an account, its own stake included
    /// @param _transcoder Account
    function transcoderTotalStake(address _transcoder) external view returns (uint256);

    /// @notice Whether a transcoder is active in the current round
    /// @param _transcoder Account
    function isActiveTranscoder(address _transcoder) external view returns (bool);

    /// @notice LPT wei of the current round's active stake
    function getTotalBonded() external view returns (uint256);

    /// @notice LPT wei of the next round's active stake
    function nextRoundTotalActiveStake() external view returns (uint256);

    /// @notice A transcoder's earnings pool of a round
    /// @param _transcoder Account
    /// @param _round Round
    function getTranscoderEarningsPoolForRound(address _transcoder, uint256 _round)
        external
        view
        returns (
            uint256 totalStake,
            uint256 transcoderRewardCut,
            uint256 transcoderFeeShare,
            uint256 cumulativeRewardFactor,
            uint256 cumulativeFeeFactor
        );
}
