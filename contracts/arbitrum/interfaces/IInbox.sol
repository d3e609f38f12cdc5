// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title The part of Arbitrum's inbox on L1 that is used here: sends calls to L2
interface IInbox {
    /// @notice Asks for a call on L2, which anyone can make there once its cost was paid here
    /// @param destAddr Contract on L2
    /// @param arbTxCallValue Wei that go along with the call
    /// @param maxSubmissionCost Most wei that may be taken for storing the ticket
    /// @param submissionRefundAddress Account on L2 that gets what was paid too much
    /// @param valueRefundAddress Account on L2 that gets the wei of a ticket that expires, and may cancel it
    /// @param maxGas Gas limit of the first attempt
    /// @param gasPriceBid Wei per gas of the first attempt
    /// @param data Calldata
    /// @return Sequence number of the ticket
    function createRetryableTicket(
        address destAddr,
        uint256 arbTxCallValue,
        uint256 maxSubmissionCost,
        address submissionRefundAddress,
        address valueRefundAddress,
        uint256 maxGas,
        uint256 gasPriceBid,
        bytes calldata data
    ) external payable returns (uint256);

    /// @notice Contract that makes calls coming from L2
    function bridge() external view returns (address);
}
