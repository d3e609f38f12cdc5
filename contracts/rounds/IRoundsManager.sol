// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Clock of the protocol: rounds of a fixed number of blocks
interface IRoundsManager {
    /// @notice A round was initialized; `blockHash` is the hash of the block before
    event NewRound(uint256 indexed round, bytes32 blockHash);

    /// @notice Initializes the current round; anyone may call, once per round
    function initializeRound() external;

    /// @notice Round that was current when a LIP took effect, 0 when not set
    /// @param _lip Number of the LIP
    function lipUpgradeRound(uint256 _lip) external view returns (uint256);

    /// @notice Block number rounds are counted in
    function blockNum() external view returns (uint256);

    /// @notice Hash of one of the last 256 blocks
    /// @param _block Block number
    function blockHash(uint256 _block) external view returns (bytes32);

    /// @notice Block hash kept when a round was initialized, 0 when it never was
    /// @param _round Round
    function blockHashForRound(uint256 _round) external view returns (bytes32);

    /// @notice Round of the present block
    function currentRound() external view returns (uint256);

    /// @notice First block of the current round
    function currentRoundStartBlock() external view returns (uint256);

    /// @notice Whether the current round was initialized
    function currentRoundInitialized() external view returns (bool);

    /// @notice Whether the current round is in its locked last part
    function currentRoundLocked() external view returns (bool);
}
