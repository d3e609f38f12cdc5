// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title The part of Arbitrum's system contract on L2 (address 100) that is used here
interface IArbSys {
    /// @notice Sends a call to L1, where it can be made after the challenge period
    /// @param destination Contract on L1
    /// @param data Calldata
    /// @return Id of the message
    function sendTxToL1(address destination, bytes calldata data) external payable returns (uint256);
}
