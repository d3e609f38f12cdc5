// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title What a ticket's auxiliary data means, and where its proceeds go
abstract contract MTicketProcessor {
    /// @dev Moves received ether on
    function processFunding(uint256 _amount) internal virtual;

    /// @dev Pays ether out
    function withdrawTransfer(address payable _to, uint256 _amount) internal virtual;

    /// @dev Credits a winning ticket's proceeds
    function winningTicketTransfer(
        address _recipient,
        uint256 _amount,
        bytes memory _auxData
    ) internal virtual;

    /// @dev Reverts when the auxiliary data is not acceptable now
    function requireValidTicketAuxData(bytes memory _auxData) internal view virtual;
}
