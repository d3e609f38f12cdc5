// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../treasury/IVotes.sol";

/// @title History of bonded stake by round, read as voting power
interface IBondingVotes is IVotes {
    error InvalidCaller(address caller, address required);
    error InvalidStartRound(uint256 checkpointRound, uint256 requiredRound);
    error FutureLastClaimRound(uint256 lastClaimRound, uint256 maxAllowed);
    error InvalidTotalStakeCheckpointRound(uint256 checkpointRound, uint256 requiredRound);
    error FutureLookup(uint256 queryRound, uint256 maxAllowed);
    error MissingEarningsPool(address transcoder, uint256 round);
    error MustCallBondingManager(string bondingManagerFunction);

    event DelegatorBondedAmountChanged(
        address indexed delegate,
        uint256 previousBondedAmount,
        uint256 previousLastClaimRound,
        uint256 newBondedAmount,
        uint256 newLastClaimRound
    );

    /// @notice Records an account's bonding state for the next round; only the BondingManager may call
    /// @param _account Account
    /// @param _startRound Round from which the state holds: the next one
    /// @param _bondedAmount Account's own bonded LPT wei at `_lastClaimRound`
    /// @param _delegateAddress Account it delegates to
    /// @param _delegatedAmount LPT wei delegated to the account
    /// @param _lastClaimRound Round up to which its earnings are in `_bondedAmount`
    /// @param _lastRewardRound Round of the account's last reward call as a transcoder
    function checkpointBondingState(
        address _account,
        uint256 _startRound,
        uint256 _bondedAmount,
        address _delegateAddress,
        uint256 _delegatedAmount,
        uint256 _lastClaimRound,
        uint256 _lastRewardRound
    ) external;

    /// @notice Records the active stake of the current round; only the BondingManager may call
    /// @param _totalStake LPT wei
    /// @param _round Current round
    function checkpointTotalActiveStake(uint256 _totalStake, uint256 _round) external;

    /// @notice Whether an account's state was ever recorded
    /// @param _account Account
    function hasCheckpoint(address _account) external view returns (bool);

    /// @notice Active stake at the start of a round
    /// @param _round Round, at most the next one
    function getTotalActiveStakeAt(uint256 _round) external view returns (uint256);

    /// @notice Voting power and delegate of an account at the start of a round
    /// @param _account Account
    /// @param _round Round, at most the next one
    function getVotesAndDelegateAtRoundStart(address _account, uint256 _round)
        external
        view
        returns (uint256 amount, address delegateAddress);
}
