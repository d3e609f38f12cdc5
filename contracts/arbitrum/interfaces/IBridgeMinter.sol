// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Former vault of L1, which holds what is left to migrate
interface IBridgeMinter {
    /// @notice Sends its ether to the L1Migrator
    /// @return Amount in wei
    function withdrawETHToL1Migrator() external returns (uint256);

    /// @notice Sends its LPT to the L1Migrator
    /// @return Amount in LPT wei
    function withdrawLPTToL1Migrator() external returns (uint256);

    /// @notice Creates LPT that come back from L2 and were issued there
    /// @param _to Receiver
    /// @param _amount Amount in LPT wei
    function bridgeMint(address _to, uint256 _amount) external;
}
