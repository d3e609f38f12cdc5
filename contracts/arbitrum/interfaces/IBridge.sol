// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title The part of Arbitrum's bridge on L1 that is used here
interface IBridge {
    /// @notice Outbox whose message is being executed
    function activeOutbox() external view returns (address);
}
