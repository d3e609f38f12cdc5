// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts-upgradeable/interfaces/IERC5805Upgradeable.sol";

/// @title Voting power as a governor and token-aware clients read it
interface IVotes is IERC5805Upgradeable {
    /// @notice Voting power in existence
    function totalSupply() external view returns (uint256);

    /// @notice Delegate of an account at the end of a past round
    function delegatedAt(address account, uint256 timepoint) external returns (address);

    /// @notice Name of the voting unit
    function name() external view returns (string memory);

    /// @notice Symbol of the voting unit
    function symbol() external view returns (string memory);

    /// @notice Decimals of the voting unit
    function decimals() external view returns (uint8);
}
