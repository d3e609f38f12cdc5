// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title The part of Arbitrum's outbox on L1 that is used here
interface IOutbox {
    /// @notice Account on L2 that sent the message being executed
    function l2ToL1Sender() external view returns (address);
}
